package dev.levin.trainer;

import java.time.Duration;

/** When validation runs within training. */
sealed interface ValCheck {
    /** Every so much of an epoch. */
    record Fraction(double value) implements ValCheck {
        public Fraction {
            if (!(value >= 0 && value <= 1)) {
                throw new MisconfigurationException("val_check_interval=" + value + " is out of range; use a fraction from 0.0 to 1.0, a whole number "
                        + "of batches, or a time");
            }
        }
    }

    /** Every so many batches. */
    record Batches(int n) implements ValCheck {
        public Batches {
            if (n < 1) {
                throw new MisconfigurationException("val_check_interval=" + n + " must be at least 1 batch");
            }
        }
    }

    /** Whenever so much time has passed since the last validation. */
    record Time(Duration every) implements ValCheck {
        public Time {
            if (every.isNegative() || every.isZero()) {
                throw new MisconfigurationException("val_check_interval=" + every + " must be a positive time");
            }
        }
    }

    ValCheck EPOCH = new Fraction(1);
}
