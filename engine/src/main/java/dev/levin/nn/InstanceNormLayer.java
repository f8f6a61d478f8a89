package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** What the instance norms share (Ulyanov et al. 2016): normalise each channel of each sample by itself. */
public abstract sealed class InstanceNormLayer extends BuiltIn permits InstanceNorm1d, InstanceNorm2d, InstanceNorm3d {
    /** [numFeatures], or null */
    public final Parameter weight;
    /** [numFeatures], or null */
    public final Parameter bias;
    @Key("running_mean")
    public final State runningMean;
    @Key("running_var")
    public final State runningVar;
    @Key("num_batches_tracked")
    public final State numBatchesTracked;
    private final int numFeatures;
    private final int spatialAxes;
    private final double eps;
    private final double momentum;

    InstanceNormLayer(int spatialAxes, int numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        this.spatialAxes = spatialAxes;
        this.numFeatures = numFeatures;
        this.eps = eps;
        this.momentum = momentum;
        weight = affine ? parameter(Init.ones(), numFeatures) : null;
        bias = affine ? parameter(Init.zeros(), numFeatures) : null;
        runningMean = trackRunningStats ? buffer(Tensor.zeros(numFeatures)) : null;
        runningVar = trackRunningStats ? buffer(Tensor.ones(numFeatures)) : null;
        numBatchesTracked = trackRunningStats ? buffer(Tensor.zeros(Shape.of(), DType.I64)) : null;
    }

    @Override
    Tensor compute(Tensor x) {
        Args.needRank(getClass().getSimpleName(), x, "[N, C" + ", S".repeat(spatialAxes) + "] or without N", spatialAxes + 1, spatialAxes + 2);
        boolean single = x.dim() == spatialAxes + 1;
        Tensor batch = single ? x.unsqueeze(0) : x;
        if (batch.size(1) != numFeatures && weight != null) {
            throw new IllegalArgumentException(getClass().getSimpleName() + " expects " + numFeatures + " channels, not " + x.shape() + Args.at());
        }
        Tensor y = Functional.instanceNorm(batch, runningMean, runningVar, weight, bias, isTraining() || runningMean == null, momentum, eps);
        return single ? y.squeeze(0) : y;
    }

    @Override
    protected String describe() {
        return numFeatures + ", eps=" + Text.number(eps) + ", momentum=" + Text.number(momentum) + ", affine="
                + Text.bool(weight != null) + ", track_running_stats=" + Text.bool(runningMean != null);
    }
}
