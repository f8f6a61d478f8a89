package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** A sum over samples and their number. */
abstract class ErrorMetric extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    private final int numOutputs;
    private final State sum;
    private final State count;

    ErrorMetric(int numOutputs) {
        if (numOutputs < 1) {
            throw new IllegalArgumentException("there must be at least one output, not " + numOutputs);
        }
        this.numOutputs = numOutputs;
        this.sum = sum("sum", numOutputs);
        this.count = sum("count");
    }

    /** @param predictions any shape with one output, else [N, outputs]; targets have the same */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        Inputs.sameShape(predictions, targets);
        follow(predictions);
        Tensor p = Inputs.outputs(predictions, numOutputs);
        add(sum, error(p, Inputs.outputs(targets, numOutputs)).sum(0));
        add(count, Tensor.scalar(p.size(0), DType.F64));
    }

    /** The error of each sample, F64. */
    abstract Tensor error(Tensor predictions, Tensor targets);

    /** A scalar, or [outputs]; NaN without samples. */
    @Override
    public Tensor compute() {
        Tensor mean = sum.div(count);
        return numOutputs == 1 ? mean.reshape() : mean;
    }
}
