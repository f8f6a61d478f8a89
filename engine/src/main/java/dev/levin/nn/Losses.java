package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * Losses as functions; each takes predictions first, then targets. Without a {@link Reduction} they return the mean.
 *
 * <p>16-bit predictions are evaluated in F32. Outside a step the predictions given to a loss stay readable after the
 * optimizer has changed the parameters they came from.
 */
public final class Losses extends MarginLosses {
    private Losses() {
    }

    public static Tensor ctc(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
        return ctc(logProbs, targets, inputLengths, targetLengths, 0, Reduction.MEAN, false);
    }

    /**
     * Connectionist temporal classification (Graves et al. 2006). A mean divides each loss by its target's length first.
     *
     * @param logProbs log probabilities [T, N, C], or [T, C] for one sequence
     * @param targets labels [N, S], or all of them in a row
     * @param blank class that stands for no label
     * @param zeroInfinity whether a target that is too long for its input counts as 0, not as infinity
     */
    public static Tensor ctc(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank,
            Reduction reduction, boolean zeroInfinity) {
        Args.needRank("ctc", logProbs, "log probabilities [T, N, C] or [T, C]", 2, 3);
        boolean single = logProbs.dim() == 2;
        Tensor logp = prediction(logProbs);
        Tensor loss = single
                ? Ctc.loss(logp.unsqueeze(1), targets.reshape(1, -1), inputLengths.reshape(1), targetLengths.reshape(1), blank)
                : Ctc.loss(logp, targets, inputLengths, targetLengths, blank);
        if (zeroInfinity) {
            loss = loss.isInf().where(constant(loss, 0), loss);
        }
        if (reduction == Reduction.MEAN) {
            Tensor lengths = targetLengths.to(DType.I64).flatten().clampMin(1).to(loss.dtype());
            loss = loss.div(lengths);
        }
        return result(single && reduction == Reduction.NONE ? loss.reshape() : loss, logProbs, reduction);
    }
}
