package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Negative log likelihood of log probabilities. The function form is in {@link Losses}. */
public final class NLLLoss extends Module {
    private final Tensor weight;
    private final int ignoreIndex;
    private final Reduction reduction;

    public NLLLoss() {
        this(null, Losses.IGNORE_INDEX, Reduction.MEAN);
    }

    public NLLLoss(Reduction reduction) {
        this(null, Losses.IGNORE_INDEX, reduction);
    }

    public NLLLoss(Tensor weight, int ignoreIndex, Reduction reduction) {
        this.weight = weight;
        this.ignoreIndex = ignoreIndex;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.nll(input, target, weight, ignoreIndex, reduction));
    }
}
