package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Cross entropy of logits against class indices or probabilities. The function form is in {@link Losses}. */
public final class CrossEntropyLoss extends Module {
    private final Tensor weight;
    private final int ignoreIndex;
    private final Reduction reduction;
    private final double labelSmoothing;

    public CrossEntropyLoss() {
        this(null, Losses.IGNORE_INDEX, Reduction.MEAN, 0);
    }

    public CrossEntropyLoss(Reduction reduction) {
        this(null, Losses.IGNORE_INDEX, reduction, 0);
    }

    public CrossEntropyLoss(Tensor weight, int ignoreIndex, Reduction reduction, double labelSmoothing) {
        this.weight = weight;
        this.ignoreIndex = ignoreIndex;
        this.reduction = reduction;
        this.labelSmoothing = labelSmoothing;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.crossEntropy(input, target, weight, ignoreIndex, reduction, labelSmoothing));
    }
}
