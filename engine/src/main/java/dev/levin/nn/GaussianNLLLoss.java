package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Negative log likelihood of a normal distribution. The function form is in {@link Losses}. */
public final class GaussianNLLLoss extends Module {
    private final boolean full;
    private final double eps;
    private final Reduction reduction;

    public GaussianNLLLoss() {
        this(false, 1e-6, Reduction.MEAN);
    }

    public GaussianNLLLoss(Reduction reduction) {
        this(false, 1e-6, reduction);
    }

    public GaussianNLLLoss(boolean full, double eps, Reduction reduction) {
        this.full = full;
        this.eps = eps;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target, Tensor var) {
        return within(() -> Losses.gaussianNll(input, target, var, full, eps, reduction));
    }
}
