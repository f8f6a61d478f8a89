package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Negative log likelihood of Poisson counts. The function form is in {@link Losses}. */
public final class PoissonNLLLoss extends Module {
    private final boolean logInput;
    private final boolean full;
    private final double eps;
    private final Reduction reduction;

    public PoissonNLLLoss() {
        this(true, false, 1e-8, Reduction.MEAN);
    }

    public PoissonNLLLoss(Reduction reduction) {
        this(true, false, 1e-8, reduction);
    }

    public PoissonNLLLoss(boolean logInput, boolean full, double eps, Reduction reduction) {
        this.logInput = logInput;
        this.full = full;
        this.eps = eps;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.poissonNll(input, target, logInput, full, eps, reduction));
    }
}
