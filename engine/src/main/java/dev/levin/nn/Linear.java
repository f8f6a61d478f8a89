package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** {@code y = x W^T + b}: [..., inFeatures] to [..., outFeatures]. */
public final class Linear extends WeightedLayer {
    /** [outFeatures, inFeatures] */
    public final Parameter weight;
    /** [outFeatures], or null */
    public final Parameter bias;

    public Linear(int inFeatures, int outFeatures) {
        this(inFeatures, outFeatures, true);
    }

    public Linear(int inFeatures, int outFeatures, boolean bias) {
        if (inFeatures < 0 || outFeatures < 0) {
            throw new IllegalArgumentException("Linear needs sizes that are not negative, not " + inFeatures + " and " + outFeatures);
        }
        this.weight = parameter(defaultWeight(inFeatures), outFeatures, inFeatures);
        this.bias = bias ? parameter(defaultBias(inFeatures), outFeatures) : null;
    }

    @Override
    public Parameter weight() {
        return weight;
    }

    @Override
    Tensor compute(Tensor x, Tensor w) {
        return Functional.linear(x, w, bias);
    }

    @Override
    protected String describe() {
        return "in_features=" + weight.size(1) + ", out_features=" + weight.size(0) + ", bias=" + Text.bool(bias != null);
    }
}
