package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** One-against-all binary cross entropy of logits, averaged over classes. The function form is in {@link Losses}. */
public final class MultiLabelSoftMarginLoss extends Module {
    private final Tensor weight;
    private final Reduction reduction;

    public MultiLabelSoftMarginLoss() {
        this(null, Reduction.MEAN);
    }

    public MultiLabelSoftMarginLoss(Reduction reduction) {
        this(null, reduction);
    }

    public MultiLabelSoftMarginLoss(Tensor weight, Reduction reduction) {
        this.weight = weight;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.multilabelSoftMargin(input, target, weight, reduction));
    }
}
