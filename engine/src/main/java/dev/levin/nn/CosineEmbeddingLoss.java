package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** 1 - cos where the target is 1, max(0, cos - margin) where it is -1. The function form is in {@link Losses}. */
public final class CosineEmbeddingLoss extends Module {
    private final double margin;
    private final Reduction reduction;

    public CosineEmbeddingLoss() {
        this(0, Reduction.MEAN);
    }

    public CosineEmbeddingLoss(Reduction reduction) {
        this(0, reduction);
    }

    public CosineEmbeddingLoss(double margin, Reduction reduction) {
        this.margin = margin;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input1, Tensor input2, Tensor target) {
        return within(() -> Losses.cosineEmbedding(input1, input2, target, margin, reduction));
    }
}
