package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Mean of absolute differences as shares of the targets; targets closer to 0 than 1.17e-6 count as that. */
public final class MeanAbsolutePercentageError extends ErrorMetric {
    /** The bound of torchmetrics. */
    static final double EPSILON = 1.17e-6;

    public MeanAbsolutePercentageError() {
        super(1);
    }

    @Override
    Tensor error(Tensor predictions, Tensor targets) {
        return predictions.sub(targets).abs().div(targets.abs().clampMin(EPSILON));
    }
}
