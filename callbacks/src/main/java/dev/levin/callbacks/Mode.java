package dev.levin.callbacks;

/** Whether a monitored value should fall or grow. */
public enum Mode {
    MIN, MAX;

    /** Whether {@code a} is strictly better than {@code b}. */
    boolean isBetter(double a, double b) {
        return this == MIN ? a < b : a > b;
    }

    double worst() {
        return this == MIN ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }

    /** {@code min} or {@code max}. */
    public String key() {
        return this == MIN ? "min" : "max";
    }
}
