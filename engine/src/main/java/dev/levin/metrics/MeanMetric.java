package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Weighted mean of values; NaN without any. */
public final class MeanMetric extends Aggregate {
    private final State weight = sum("weight");

    public MeanMetric() {
        this(NanStrategy.IGNORE);
    }

    public MeanMetric(NanStrategy nan) {
        super(nan, 0, Merge.SUM);
    }

    @Override
    void take(Tensor values) {
        take(values, Tensor.ones(values.shape(), DType.F64));
    }

    public void update(Tensor values, double weightOfEach) {
        update(values, Tensor.full(values.shape(), weightOfEach, DType.F64));
    }

    /** @param weights broadcast to the values */
    public void update(Tensor values, Tensor weights) {
        follow(values);
        take(values.detach().to(DType.F64), weights.detach().to(DType.F64).broadcastTo(values.shape()));
    }

    private void take(Tensor values, Tensor weights) {
        Tensor there = there(values.mul(weights));
        Tensor zero = Tensor.zerosLike(values);
        Tensor w = there == null ? weights : there.where(weights, zero);
        add(value, (there == null ? values : there.where(values, zero)).mul(w).sum());
        add(weight, w.sum());
    }

    @Override
    public Tensor compute() {
        return value.div(weight);
    }
}
