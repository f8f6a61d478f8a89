package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Connectionist temporal classification (Graves et al. 2006): the forward recursion over labels with blanks between
 * them, in log space; gradients come from the recursion itself.
 */
final class Ctc {
    /** Log probability of the impossible: finite, so that differences of two of them are 0 and not NaN. */
    private static final double NEVER = -1e30;

    private Ctc() {
    }

    /** Negative log likelihood per sample [N]; infinite where the input is too short for the target. */
    static Tensor loss(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank) {
        Tensor logp = logProbs;
        int classes = logp.size(2);
        int batch = logp.size(1);
        if (blank < 0 || blank >= classes) {
            throw new IllegalArgumentException("ctc: blank must be one of the " + classes + " classes, not " + blank);
        }
        if (inputLengths.numel() != batch || targetLengths.numel() != batch) {
            throw new IllegalArgumentException("ctc: " + batch + " input lengths and target lengths are needed, not "
                    + inputLengths.shape() + " and " + targetLengths.shape());
        }
        Tensor lengths = targetLengths.to(DType.I64).reshape(batch, 1);
        Tensor labels = padded(targets, lengths, batch, blank);
        int states = 2 * labels.size(1) + 1;
        Tensor blanks = Tensor.full(labels.shape(), blank, DType.I64);
        Tensor extended = Tensor.cat(List.of(Tensor.stack(List.of(blanks, labels), 2).flatten(1, 2),
                Tensor.full(Shape.of(batch, 1), blank, DType.I64)), 1);
        Tensor two = states > 2 ? Functional.pad(extended.narrow(1, 0, states - 2), new int[] {2, 0}, PaddingMode.ZEROS, blank) : extended;
        Tensor skip = extended.ne((long) blank).logicalAnd(extended.ne(two));
        Tensor index = extended.unsqueeze(0).broadcastTo(Shape.of(logp.size(0), batch, states));
        List<Tensor> emissions = logp.gather(2, index).clampMin(NEVER).unbind(0);
        Tensor first = Tensor.arange(states).lt(2L);
        Tensor never = Tensor.scalar(NEVER, logp.dtype());
        Tensor alpha = first.where(emissions.getFirst(), never);
        Tensor steps = inputLengths.to(DType.I64).reshape(batch, 1);
        for (int t = 1; t < emissions.size(); t++) {
            Tensor one = shifted(alpha, 1);
            Tensor jump = skip.where(shifted(alpha, 2), never);
            Tensor next = logSum(logSum(alpha, one), jump).add(emissions.get(t));
            alpha = steps.gt((long) t).where(next, alpha);
        }
        Tensor last = alpha.gather(1, lengths.mul(2L));
        Tensor before = lengths.gt(0L).where(alpha.gather(1, lengths.mul(2L).sub(1L).clampMin(0)), never);
        Tensor likelihood = logSum(last, before).squeeze(1);
        Tensor impossible = likelihood.lt(NEVER / 10);
        return impossible.where(Tensor.scalar(Double.POSITIVE_INFINITY, logp.dtype()), likelihood.neg());
    }

    private static Tensor shifted(Tensor alpha, int by) {
        int n = alpha.size(1);
        return Functional.pad(alpha.narrow(1, 0, Math.max(0, n - by)), new int[] {Math.min(by, n), 0}, PaddingMode.ZEROS, NEVER);
    }

    private static Tensor logSum(Tensor a, Tensor b) {
        Tensor max = a.maximum(b).detach();
        return a.sub(max).exp().add(b.sub(max).exp()).log().add(max);
    }

    /** [N, longest] labels with blanks beyond each end, from such a tensor or from all labels in a row. */
    private static Tensor padded(Tensor targets, Tensor lengths, int batch, int blank) {
        Tensor rows = targets.to(DType.I64);
        Tensor each;
        if (rows.dim() == 2 && rows.size(0) == batch) {
            each = rows;
        } else if (rows.dim() == 1) {
            int longest = (int) Arrays.stream(lengths.toLongs()).max().orElse(0);
            Tensor start = lengths.cumsum(0).sub(lengths);
            Tensor position = start.add(Tensor.arange(longest)).clampMax(Math.max(0, rows.numel() - 1));
            each = rows.numel() == 0 ? Tensor.full(position.shape(), blank, DType.I64) : rows.take(position);
        } else {
            throw new IllegalArgumentException("ctc: targets must be [N, S] or all labels in a row, not " + targets.shape());
        }
        Tensor valid = Tensor.arange(each.size(1)).lt(lengths);
        return valid.where(each, Tensor.full(Shape.of(), blank, DType.I64));
    }
}
