package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Squared below {@code delta}, absolute times delta above. The function form is in {@link Losses}. */
public final class HuberLoss extends Module {
    private final Reduction reduction;
    private final double delta;

    public HuberLoss() {
        this(Reduction.MEAN, 1);
    }

    public HuberLoss(Reduction reduction) {
        this(reduction, 1);
    }

    public HuberLoss(Reduction reduction, double delta) {
        this.reduction = reduction;
        this.delta = delta;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.huber(input, target, reduction, delta));
    }
}
