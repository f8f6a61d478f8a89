package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Mean of squared differences, or its root. */
public final class MeanSquaredError extends ErrorMetric {
    private final boolean squared;

    public MeanSquaredError() {
        this(true);
    }

    /** @param squared false gives the root mean squared error */
    public MeanSquaredError(boolean squared) {
        this(squared, 1);
    }

    /** @param numOutputs above 1: one value for each column */
    public MeanSquaredError(boolean squared, int numOutputs) {
        super(numOutputs);
        this.squared = squared;
    }

    @Override
    Tensor error(Tensor predictions, Tensor targets) {
        return predictions.sub(targets).square();
    }

    @Override
    public Tensor compute() {
        Tensor mse = super.compute();
        return squared ? mse : mse.sqrt();
    }
}
