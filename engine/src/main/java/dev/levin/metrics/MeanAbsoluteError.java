package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Mean of absolute differences. */
public final class MeanAbsoluteError extends ErrorMetric {
    public MeanAbsoluteError() {
        this(1);
    }

    /** @param numOutputs above 1: one value for each column */
    public MeanAbsoluteError(int numOutputs) {
        super(numOutputs);
    }

    @Override
    Tensor error(Tensor predictions, Tensor targets) {
        return predictions.sub(targets).abs();
    }
}
