package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Binary cross entropy of probabilities. The function form is in {@link Losses}. */
public final class BCELoss extends Module {
    private final Tensor weight;
    private final Reduction reduction;

    public BCELoss() {
        this(null, Reduction.MEAN);
    }

    public BCELoss(Reduction reduction) {
        this(null, reduction);
    }

    public BCELoss(Tensor weight, Reduction reduction) {
        this.weight = weight;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.bce(input, target, weight, reduction));
    }
}
