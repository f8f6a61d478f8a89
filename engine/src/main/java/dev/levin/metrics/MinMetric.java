package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Smallest value; infinity without any. */
public final class MinMetric extends Aggregate {
    public MinMetric() {
        this(NanStrategy.IGNORE);
    }

    public MinMetric(NanStrategy nan) {
        super(nan, Double.POSITIVE_INFINITY, Merge.MIN);
    }

    @Override
    void take(Tensor values) {
        value.set(value.minimum(without(values, Double.POSITIVE_INFINITY).min()));
    }
}
