package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Hinge of every other class against every target class. The function form is in {@link Losses}. */
public final class MultiLabelMarginLoss extends Module {
    private final Reduction reduction;

    public MultiLabelMarginLoss() {
        this(Reduction.MEAN);
    }

    public MultiLabelMarginLoss(Reduction reduction) {
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.multilabelMargin(input, target, reduction));
    }
}
