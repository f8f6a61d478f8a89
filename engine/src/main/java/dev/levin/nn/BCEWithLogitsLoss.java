package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Binary cross entropy of logits. The function form is in {@link Losses}. */
public final class BCEWithLogitsLoss extends Module {
    private final Tensor weight;
    private final Reduction reduction;
    private final Tensor posWeight;

    public BCEWithLogitsLoss() {
        this(null, Reduction.MEAN, null);
    }

    public BCEWithLogitsLoss(Reduction reduction) {
        this(null, reduction, null);
    }

    public BCEWithLogitsLoss(Tensor weight, Reduction reduction, Tensor posWeight) {
        this.weight = weight;
        this.reduction = reduction;
        this.posWeight = posWeight;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.bceWithLogits(input, target, weight, reduction, posWeight));
    }
}
