package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** y_o = x1^T W_o x2 + b_o. */
public final class Bilinear extends Module {
    /** [outFeatures, in1Features, in2Features] */
    public final Parameter weight;
    /** [outFeatures], or null */
    public final Parameter bias;

    public Bilinear(int in1Features, int in2Features, int outFeatures) {
        this(in1Features, in2Features, outFeatures, true);
    }

    public Bilinear(int in1Features, int in2Features, int outFeatures, boolean bias) {
        Init init = WeightedLayer.defaultBias(in1Features);
        weight = parameter(init, outFeatures, in1Features, in2Features);
        this.bias = bias ? parameter(init, outFeatures) : null;
    }

    /** [..., in1Features] and [..., in2Features] to [..., outFeatures]. */
    public Tensor forward(Tensor x1, Tensor x2) {
        return within(() -> Functional.bilinear(x1, x2, weight, bias));
    }

    @Override
    protected String describe() {
        return "in1_features=" + weight.size(1) + ", in2_features=" + weight.size(2) + ", out_features=" + weight.size(0) + ", bias="
                + Text.bool(bias != null);
    }
}
