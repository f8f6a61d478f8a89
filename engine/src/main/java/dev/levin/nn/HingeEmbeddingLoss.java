package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** input where the target is 1, max(0, margin - input) where it is -1. The function form is in {@link Losses}. */
public final class HingeEmbeddingLoss extends Module {
    private final double margin;
    private final Reduction reduction;

    public HingeEmbeddingLoss() {
        this(1, Reduction.MEAN);
    }

    public HingeEmbeddingLoss(Reduction reduction) {
        this(1, reduction);
    }

    public HingeEmbeddingLoss(double margin, Reduction reduction) {
        this.margin = margin;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.hingeEmbedding(input, target, margin, reduction));
    }
}
