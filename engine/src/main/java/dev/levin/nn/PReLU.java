package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** Leaky ReLU with a trained slope, one or one per channel (He et al. 2015). */
public final class PReLU extends BuiltIn {
    /** [numParameters] */
    public final Parameter weight;

    public PReLU() {
        this(1);
    }

    public PReLU(int numParameters) {
        this(numParameters, 0.25);
    }

    public PReLU(int numParameters, double init) {
        weight = parameter(Init.constant(init), numParameters);
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.prelu(x, weight);
    }

    @Override
    protected String describe() {
        return "num_parameters=" + weight.numel();
    }
}
