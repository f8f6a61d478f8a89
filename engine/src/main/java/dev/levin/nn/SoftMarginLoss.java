package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** log(1 + e^(-target * input)) with targets 1 and -1. The function form is in {@link Losses}. */
public final class SoftMarginLoss extends Module {
    private final Reduction reduction;

    public SoftMarginLoss() {
        this(Reduction.MEAN);
    }

    public SoftMarginLoss(Reduction reduction) {
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.softMargin(input, target, reduction));
    }
}
