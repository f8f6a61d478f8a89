package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/**
 * Share of the targets' variance that the predictions explain. Sums of squares below 1e-4 count as 0: without errors the score is 1, with
 * errors over a constant target 0. NaN for fewer than two samples.
 */
public final class R2Score extends VarianceScore {
    private static final double NEARLY_ZERO = 1e-4;

    private final int adjusted;

    public R2Score() {
        this(1, 0, Multioutput.UNIFORM_AVERAGE);
    }

    /**
     * @param adjusted number of independent regressors for the adjusted score, 0 for the plain one; with too few samples for it the plain
     *     score is given
     */
    public R2Score(int numOutputs, int adjusted, Multioutput how) {
        super(numOutputs, how);
        if (adjusted < 0) {
            throw new IllegalArgumentException("adjusted must be the number of regressors, 0 or more, not " + adjusted);
        }
        this.adjusted = adjusted;
    }

    /** A scalar, or [outputs] of raw values. */
    @Override
    public Tensor compute() {
        Tensor total = sumSquaredTarget.sub(sumTarget.mul(sumTarget.div(count)));
        Tensor scores = score(sumSquaredError, total, sumSquaredError.abs().le(NEARLY_ZERO), total.abs().le(NEARLY_ZERO));
        Tensor r2 = average(scores, total);
        if (adjusted > 0) {
            Tensor free = count.sub(adjusted + 1.0);
            Tensor enough = free.gt(0.0);
            Tensor corrected = r2.rsub(1.0).mul(count.sub(1.0)).div(enough.where(free, Tensor.onesLike(free))).rsub(1.0);
            r2 = enough.where(corrected, r2);
        }
        return count.lt(2.0).where(Tensor.fullLike(r2, Double.NaN), r2);
    }
}
