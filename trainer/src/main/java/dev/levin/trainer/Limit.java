package dev.levin.trainer;

import org.slf4j.LoggerFactory;

/**
 * How much of a loader is used: a number of batches or a fraction.
 *
 * @param value batches, or a fraction from 0 to 1
 */
record Limit(boolean fraction, double value) {
    static final Limit ALL = new Limit(true, 1);

    static Limit batches(String flag, int n) {
        if (n < 0) {
            throw new MisconfigurationException(flag + "=" + n + " is negative; use a number of batches, or a fraction from 0.0 to 1.0");
        }
        if (n == 1) {
            LoggerFactory.getLogger(Trainer.class).info("{}=1 is one batch; write 1.0 for all", flag);
        }
        return new Limit(false, n);
    }

    static Limit fraction(String flag, double f) {
        if (f > 1 && f == Math.rint(f) && f <= Integer.MAX_VALUE) {
            return batches(flag, (int) f);
        }
        if (!(f >= 0 && f <= 1)) {
            throw new MisconfigurationException(flag + "=" + f + " is out of range; use a fraction from 0.0 to 1.0 or a whole number of batches");
        }
        if (f == 1) {
            LoggerFactory.getLogger(Trainer.class).info("{}=1.0 is all batches; write 1 for one", flag);
        }
        return new Limit(true, f);
    }

    boolean isZero() {
        return value == 0;
    }

    /**
     * Batches of a loader of the given length.
     *
     * @param length -1 for unknown
     * @return {@link Integer#MAX_VALUE} for no limit on an unknown length
     */
    int of(int length, String flag) {
        if (!fraction) {
            return length < 0 ? (int) value : Math.min((int) value, length);
        }
        if (length < 0) {
            if (value == 1) {
                return Integer.MAX_VALUE;
            }
            if (value == 0) {
                return 0;
            }
            throw new MisconfigurationException(flag + "=" + value + " is a fraction, but the loader has no length; use a number of batches, or 1.0");
        }
        int n = (int) (length * value);
        if (n == 0 && value > 0 && length > 0) {
            throw new MisconfigurationException(flag + "=" + value + " of " + length + " batches is less than one; use at least " + 1.0 / length
                    + ", or a number of batches");
        }
        return n;
    }
}
