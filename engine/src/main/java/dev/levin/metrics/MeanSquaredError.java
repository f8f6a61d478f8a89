package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Mean of squared differences, or its root. */
public final class MeanSquaredError extends AccumulatedMetric {
    private final boolean squared;
    private final State sum = state("sum", Tensor.scalar(0, DType.F64), Merge.SUM);
    private final State count = state("count", Tensor.scalar(0, DType.F64), Merge.SUM);

    public MeanSquaredError() {
        this(true);
    }

    /** @param squared false gives the root mean squared error */
    public MeanSquaredError(boolean squared) {
        this.squared = squared;
    }

    public void update(Tensor predictions, Tensor targets) {
        Tensor d = Regression.difference(predictions, targets);
        add(sum, d.mul(d).sum());
        add(count, Tensor.scalar(d.numel(), DType.F64));
    }

    @Override
    public Tensor compute() {
        Tensor mse = sum.div(count);
        return squared ? mse : mse.sqrt();
    }
}
