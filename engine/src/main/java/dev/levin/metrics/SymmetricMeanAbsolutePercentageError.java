package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Mean of absolute differences as shares of the mean size of prediction and target; 0 where both are 0. */
public final class SymmetricMeanAbsolutePercentageError extends ErrorMetric {
    public SymmetricMeanAbsolutePercentageError() {
        super(1);
    }

    @Override
    Tensor error(Tensor predictions, Tensor targets) {
        Tensor size = targets.abs().add(predictions.abs()).clampMin(MeanAbsolutePercentageError.EPSILON);
        return predictions.sub(targets).abs().mul(2.0).div(size);
    }
}
