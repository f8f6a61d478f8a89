package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** max(0, d(anchor, positive) - d(anchor, negative) + margin). The function form is in {@link Losses}. */
public final class TripletMarginLoss extends Module {
    private final double margin;
    private final double p;
    private final double eps;
    private final boolean swap;
    private final Reduction reduction;

    public TripletMarginLoss() {
        this(1, 2, 1e-6, false, Reduction.MEAN);
    }

    public TripletMarginLoss(Reduction reduction) {
        this(1, 2, 1e-6, false, reduction);
    }

    public TripletMarginLoss(double margin, double p, double eps, boolean swap, Reduction reduction) {
        this.margin = margin;
        this.p = p;
        this.eps = eps;
        this.swap = swap;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor anchor, Tensor positive, Tensor negative) {
        return within(() -> Losses.tripletMargin(anchor, positive, negative, margin, p, eps, swap, reduction));
    }
}
