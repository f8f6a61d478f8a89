package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Mean of |input - target|. The function form is in {@link Losses}. */
public final class L1Loss extends Module {
    private final Reduction reduction;

    public L1Loss() {
        this(Reduction.MEAN);
    }

    public L1Loss(Reduction reduction) {
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.l1(input, target, reduction));
    }
}
