package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** What regression metrics share. */
final class Regression {
    private Regression() {
    }

    /** predictions - targets in F64; shapes must be equal, so that [N] against [N, 1] is not broadcast by accident. */
    static Tensor difference(Tensor predictions, Tensor targets) {
        if (!predictions.shape().equals(targets.shape())) {
            throw new IllegalArgumentException("predictions " + predictions.shape() + " and targets " + targets.shape()
                    + " must have equal shapes; use squeeze(-1) or unsqueeze(-1)");
        }
        return predictions.detach().to(DType.F64).sub(targets.detach().to(DType.F64));
    }
}
