package dev.levin.metrics;

/** How per-class values become one. */
public enum Average {
    /** Over all samples, whatever their class. */
    MICRO,
    /** Mean over classes that occurred. */
    MACRO,
    /** Mean over classes, weighted by how often each is the target. */
    WEIGHTED
}
