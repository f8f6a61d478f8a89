package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Mean of absolute differences. */
public final class MeanAbsoluteError extends AccumulatedMetric {
    private final State sum = state("sum", Tensor.scalar(0, DType.F64), Merge.SUM);
    private final State count = state("count", Tensor.scalar(0, DType.F64), Merge.SUM);

    public void update(Tensor predictions, Tensor targets) {
        Tensor d = Regression.difference(predictions, targets);
        add(sum, d.abs().sum());
        add(count, Tensor.scalar(d.numel(), DType.F64));
    }

    @Override
    public Tensor compute() {
        return sum.div(count);
    }
}
