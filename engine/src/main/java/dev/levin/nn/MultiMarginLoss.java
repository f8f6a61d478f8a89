package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Hinge of every wrong class against the right one. The function form is in {@link Losses}. */
public final class MultiMarginLoss extends Module {
    private final int p;
    private final double margin;
    private final Tensor weight;
    private final Reduction reduction;

    public MultiMarginLoss() {
        this(1, 1, null, Reduction.MEAN);
    }

    public MultiMarginLoss(Reduction reduction) {
        this(1, 1, null, reduction);
    }

    public MultiMarginLoss(int p, double margin, Tensor weight, Reduction reduction) {
        this.p = p;
        this.margin = margin;
        this.weight = weight;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.multiMargin(input, target, p, margin, weight, reduction));
    }
}
