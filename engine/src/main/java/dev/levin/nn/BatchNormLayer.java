package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * What the batch norms share (Ioffe and Szegedy 2015): normalise each channel by the batch in training and by running
 * statistics otherwise, then scale and shift.
 */
public abstract sealed class BatchNormLayer extends BuiltIn permits BatchNorm1d, BatchNorm2d, BatchNorm3d {
    /** [numFeatures], or null */
    public final Parameter weight;
    /** [numFeatures], or null */
    public final Parameter bias;
    /** [numFeatures], or null if not tracked */
    @Key("running_mean")
    public final State runningMean;
    /** [numFeatures], or null if not tracked */
    @Key("running_var")
    public final State runningVar;
    /** Batches seen (I64), or null if not tracked */
    @Key("num_batches_tracked")
    public final State numBatchesTracked;
    private final int numFeatures;
    private final double eps;
    private Double momentum;
    private final String layout;
    private final int[] ranks;

    BatchNormLayer(int numFeatures, double eps, Double momentum, boolean affine, boolean trackRunningStats, String layout, int... ranks) {
        this.numFeatures = numFeatures;
        this.eps = eps;
        this.momentum = momentum;
        this.layout = layout;
        this.ranks = ranks;
        weight = affine ? parameter(Init.ones(), numFeatures) : null;
        bias = affine ? parameter(Init.zeros(), numFeatures) : null;
        runningMean = trackRunningStats ? buffer(Tensor.zeros(numFeatures)) : null;
        runningVar = trackRunningStats ? buffer(Tensor.ones(numFeatures)) : null;
        numBatchesTracked = trackRunningStats ? buffer(Tensor.zeros(Shape.of(), DType.I64)) : null;
    }

    @Override
    Tensor compute(Tensor x) {
        if (Arrays.stream(ranks).noneMatch(r -> r == x.dim()) || x.size(1) != numFeatures) {
            throw new IllegalArgumentException(getClass().getSimpleName() + " expects " + layout + " with C = " + numFeatures + ", not "
                    + x.shape() + Args.at());
        }
        if (!isTraining() || runningMean == null) {
            return Functional.batchNorm(x, runningMean, runningVar, weight, bias, runningMean == null, 0, eps);
        }
        numBatchesTracked.set(numBatchesTracked.add(1L));
        // Without a momentum the running statistics are the plain mean over all batches.
        Tensor factor = momentum != null ? Tensor.scalar(momentum, DType.F64) : numBatchesTracked.to(DType.F64).reciprocal();
        return Functional.batchNorm(x, runningMean, runningVar, weight, bias, true, factor, eps);
    }

    /** Weight of the newest batch in the running statistics; null for the plain mean over all batches. */
    public final Double momentum() {
        return momentum;
    }

    /** Changes {@link #momentum()} for the batches to come. */
    public final void momentum(Double weightOfNewest) {
        momentum = weightOfNewest;
    }

    /** Statistics as at the start. */
    public void resetRunningStats() {
        if (runningMean != null) {
            runningMean.set(Tensor.zerosLike(runningMean));
            runningVar.set(Tensor.onesLike(runningVar));
            numBatchesTracked.set(Tensor.zerosLike(numBatchesTracked));
        }
    }

    @Override
    protected String describe() {
        return numFeatures + ", eps=" + Text.number(eps) + ", momentum=" + (momentum == null ? "None" : Text.number(momentum))
                + ", affine=" + Text.bool(weight != null) + ", track_running_stats=" + Text.bool(runningMean != null);
    }
}
