package dev.levin.metrics;

/** How the scores of several outputs become one. */
public enum Multioutput {
    /** One score for each output. */
    RAW_VALUES,
    UNIFORM_AVERAGE,
    /** Mean weighted by the variance of each target. */
    VARIANCE_WEIGHTED
}
