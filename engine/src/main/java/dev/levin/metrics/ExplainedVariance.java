package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** As {@link R2Score} without counting a constant offset of the predictions: 1 - Var(error) / Var(target). */
public final class ExplainedVariance extends VarianceScore {
    public ExplainedVariance() {
        this(1, Multioutput.UNIFORM_AVERAGE);
    }

    public ExplainedVariance(int numOutputs, Multioutput how) {
        super(numOutputs, how);
    }

    /** A scalar, or [outputs] of raw values. */
    @Override
    public Tensor compute() {
        Tensor error = sumSquaredError.div(count).sub(sumError.div(count).square());
        Tensor target = sumSquaredTarget.div(count).sub(sumTarget.div(count).square());
        return average(score(error, target, error.eq(0.0), target.eq(0.0)), target);
    }
}
