package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Mean of (input - target)^2. The function form is in {@link Losses}. */
public final class MSELoss extends Module {
    private final Reduction reduction;

    public MSELoss() {
        this(Reduction.MEAN);
    }

    public MSELoss(Reduction reduction) {
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input, Tensor target) {
        return within(() -> Losses.mse(input, target, reduction));
    }
}
