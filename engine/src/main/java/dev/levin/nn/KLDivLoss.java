package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Kullback-Leibler divergence of log probabilities from targets. The function form is in {@link Losses}. */
public final class KLDivLoss extends Module {
    private final Reduction reduction;
    private final boolean logTarget;

    public KLDivLoss() {
        this(Reduction.MEAN, false);
    }

    public KLDivLoss(Reduction reduction) {
        this(reduction, false);
    }

    public KLDivLoss(Reduction reduction, boolean logTarget) {
        this.reduction = reduction;
        this.logTarget = logTarget;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.klDiv(input, target, reduction, logTarget));
    }
}
