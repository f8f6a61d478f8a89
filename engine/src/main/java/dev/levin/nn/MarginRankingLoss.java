package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** max(0, -target * (input1 - input2) + margin). The function form is in {@link Losses}. */
public final class MarginRankingLoss extends Module {
    private final double margin;
    private final Reduction reduction;

    public MarginRankingLoss() {
        this(0, Reduction.MEAN);
    }

    public MarginRankingLoss(Reduction reduction) {
        this(0, reduction);
    }

    public MarginRankingLoss(double margin, Reduction reduction) {
        this.margin = margin;
        this.reduction = reduction;
    }

    public Tensor forward(Tensor input1, Tensor input2, Tensor target) {
        return within(() -> Losses.marginRanking(input1, input2, target, margin, reduction));
    }
}
