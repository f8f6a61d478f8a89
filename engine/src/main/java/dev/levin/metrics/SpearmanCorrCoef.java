package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * Correlation of the ranks of predictions and targets; equal values share the mean of their ranks. Keeps all data. 0 if one side is
 * constant, as in torchmetrics.
 */
public final class SpearmanCorrCoef extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    private static final double EPSILON = 1.17e-6;

    private final int numOutputs;
    private final Rows predictions;
    private final Rows targets;

    public SpearmanCorrCoef() {
        this(1);
    }

    /** @param numOutputs above 1: one value for each column */
    public SpearmanCorrCoef(int numOutputs) {
        if (numOutputs < 1) {
            throw new IllegalArgumentException("there must be at least one output, not " + numOutputs);
        }
        this.numOutputs = numOutputs;
        predictions = rows(DType.F64, numOutputs);
        targets = rows(DType.F64, numOutputs);
    }

    /** @param predictions any shape with one output, else [N, outputs]; targets have the same */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        Inputs.sameShape(predictions, targets);
        this.predictions.add(Inputs.outputs(predictions, numOutputs));
        this.targets.add(Inputs.outputs(targets, numOutputs));
    }

    /** A scalar, or [outputs]. */
    @Override
    public Tensor compute() {
        Tensor x = ranks(predictions.some());
        Tensor y = ranks(targets.some());
        Tensor dx = x.sub(x.mean(-1, true));
        Tensor dy = y.sub(y.mean(-1, true));
        Tensor spread = dx.square().mean(-1).sqrt().mul(dy.square().mean(-1).sqrt());
        Tensor r = dx.mul(dy).mean(-1).div(spread.add(EPSILON)).clamp(-1.0, 1.0);
        return numOutputs == 1 ? r.reshape() : r;
    }

    /** [N, outputs] to mean ranks [outputs, N]. */
    private static Tensor ranks(Tensor values) {
        Tensor v = values.t();
        Tensor sorted = v.sort(-1, false).values();
        Tensor below = sorted.searchsorted(v, false);
        Tensor upTo = sorted.searchsorted(v, true);
        return below.add(upTo).add(1L).to(DType.F64).mul(0.5);
    }
}
