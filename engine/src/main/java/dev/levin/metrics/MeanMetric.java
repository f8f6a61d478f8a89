package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Weighted mean of values. */
public final class MeanMetric extends AccumulatedMetric {
    private final State sum = state("sum", Tensor.scalar(0, DType.F64), Merge.SUM);
    private final State weight = state("weight", Tensor.scalar(0, DType.F64), Merge.SUM);

    /** Every element counts once. */
    public void update(Tensor values) {
        add(sum, values.to(DType.F64).sum());
        add(weight, Tensor.scalar(values.numel(), DType.F64));
    }

    public void update(Tensor value, double weightOfValue) {
        add(sum, value.to(DType.F64).sum().mul(weightOfValue));
        add(weight, Tensor.scalar(weightOfValue * value.numel(), DType.F64));
    }

    @Override
    public Tensor compute() {
        return sum.div(weight);
    }
}
