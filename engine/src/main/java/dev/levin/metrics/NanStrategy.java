package dev.levin.metrics;

/** What aggregates do with NaN. */
public enum NanStrategy {
    /** Leave them out; the default, as in torchmetrics (which warns). */
    IGNORE,
    /** Let them spread into the result. */
    DISABLE
}
