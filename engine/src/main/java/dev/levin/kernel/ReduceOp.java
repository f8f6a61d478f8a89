package dev.levin.kernel;

import java.util.Locale;

/** How a kernel folds the reduced axes into one value per outer element. */
public enum ReduceOp {
    SUM, PROD,
    /** NaN propagates. */
    MAX,
    /** NaN propagates. */
    MIN,
    /** Row-major position within the reduced axes of the first largest element, as I64; a NaN counts as largest. */
    ARGMAX,
    /** Row-major position within the reduced axes of the first smallest element, as I64; a NaN counts as smallest. */
    ARGMIN;

    public boolean isArg() {
        return this == ARGMAX || this == ARGMIN;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
