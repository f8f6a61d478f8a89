package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Sum of values. */
public final class SumMetric extends Aggregate {
    public SumMetric() {
        this(NanStrategy.IGNORE);
    }

    public SumMetric(NanStrategy nan) {
        super(nan, 0, Merge.SUM);
    }

    @Override
    void take(Tensor values) {
        add(value, without(values, 0).sum());
    }
}
