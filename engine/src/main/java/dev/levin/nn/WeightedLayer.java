package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** A layer around one weight, which {@link WeightNorm} and {@link SpectralNorm} can replace by a function of it. */
public abstract sealed class WeightedLayer extends BuiltIn permits Linear, ConvLayer, ConvTransposeLayer {

    /** The weight as it is trained. */
    public abstract Parameter weight();

    /** What the layer computes with {@code w} in place of its weight. */
    abstract Tensor compute(Tensor x, Tensor w);

    @Override
    final Tensor compute(Tensor x) {
        return compute(x, weight());
    }

    /** Kaiming-uniform with a = sqrt(5), which is uniform on 1 / sqrt(fanIn). */
    static Init defaultWeight(long fanIn) {
        return defaultBias(fanIn);
    }

    static Init defaultBias(long fanIn) {
        double bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
        return Init.uniform(-bound, bound);
    }
}
