package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Scores that compare the spread of errors with that of targets, from sums over samples. */
abstract class VarianceScore extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    final int numOutputs;
    final State count;
    final State sumTarget;
    final State sumSquaredTarget;
    final State sumError;
    final State sumSquaredError;
    private final Multioutput how;

    VarianceScore(int numOutputs, Multioutput how) {
        if (numOutputs < 1) {
            throw new IllegalArgumentException("there must be at least one output, not " + numOutputs);
        }
        this.numOutputs = numOutputs;
        this.how = how;
        count = sum("count");
        sumTarget = sum("sum_target", numOutputs);
        sumSquaredTarget = sum("sum_squared_target", numOutputs);
        sumError = sum("sum_error", numOutputs);
        sumSquaredError = sum("sum_squared_error", numOutputs);
    }

    /** @param predictions any shape with one output, else [N, outputs]; targets have the same */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        Inputs.sameShape(predictions, targets);
        follow(predictions);
        Tensor t = Inputs.outputs(targets, numOutputs);
        Tensor error = t.sub(Inputs.outputs(predictions, numOutputs));
        add(count, Tensor.scalar(t.size(0), DType.F64));
        add(sumTarget, t.sum(0));
        add(sumSquaredTarget, t.square().sum(0));
        add(sumError, error.sum(0));
        add(sumSquaredError, error.square().sum(0));
    }

    /** 1 - a / b; 1 where a is 0 as well, 0 where only b is. */
    static Tensor score(Tensor a, Tensor b, Tensor aIsZero, Tensor bIsZero) {
        Tensor one = Tensor.onesLike(a);
        return aIsZero.where(one, bIsZero.where(Tensor.zerosLike(a), a.div(bIsZero.where(one, b)).rsub(1.0)));
    }

    final Tensor average(Tensor scores, Tensor variances) {
        return switch (how) {
            case RAW_VALUES -> numOutputs == 1 ? scores.reshape() : scores;
            case UNIFORM_AVERAGE -> scores.mean();
            case VARIANCE_WEIGHTED -> variances.div(variances.sum()).mul(scores).sum();
        };
    }
}
