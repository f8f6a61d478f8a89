package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Squared below {@code beta}, absolute above. The function form is in {@link Losses}. */
public final class SmoothL1Loss extends Module {
    private final Reduction reduction;
    private final double beta;

    public SmoothL1Loss() {
        this(Reduction.MEAN, 1);
    }

    public SmoothL1Loss(Reduction reduction) {
        this(reduction, 1);
    }

    public SmoothL1Loss(Reduction reduction, double beta) {
        this.reduction = reduction;
        this.beta = beta;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.smoothL1(input, target, reduction, beta));
    }
}
