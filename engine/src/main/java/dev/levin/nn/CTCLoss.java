package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Connectionist temporal classification. The function form is in {@link Losses}. */
public final class CTCLoss extends Module {
    private final int blank;
    private final Reduction reduction;
    private final boolean zeroInfinity;

    public CTCLoss() {
        this(0, Reduction.MEAN, false);
    }

    public CTCLoss(int blank, Reduction reduction, boolean zeroInfinity) {
        this.blank = blank;
        this.reduction = reduction;
        this.zeroInfinity = zeroInfinity;
    }

    public Tensor forward(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
        return within(() -> Losses.ctc(logProbs, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity));
    }
}
