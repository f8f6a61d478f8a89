package dev.levin.metrics;

/** How per-class values become one. */
public enum Average {
    /** Over all samples, whatever their class. */
    MICRO,
    /** Mean over classes; in multi-class tasks over those that occurred as target or prediction. */
    MACRO,
    /** Mean over classes, weighted by how often each is the target. */
    WEIGHTED,
    /** One value for each class. */
    NONE
}
