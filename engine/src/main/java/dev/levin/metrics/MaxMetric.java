package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Largest value; -infinity without any. */
public final class MaxMetric extends Aggregate {
    public MaxMetric() {
        this(NanStrategy.IGNORE);
    }

    public MaxMetric(NanStrategy nan) {
        super(nan, Double.NEGATIVE_INFINITY, Merge.MAX);
    }

    @Override
    void take(Tensor values) {
        value.set(value.maximum(without(values, Double.NEGATIVE_INFINITY).max()));
    }
}
