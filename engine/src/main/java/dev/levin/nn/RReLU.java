package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Leaky ReLU with a slope drawn from [lower, upper) per element in training (Xu et al. 2015). */
public final class RReLU extends BuiltIn {
    private final double lower;
    private final double upper;

    public RReLU() {
        this(1.0 / 8, 1.0 / 3);
    }

    public RReLU(double lower, double upper) {
        this.lower = lower;
        this.upper = upper;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.rrelu(x, lower, upper, isTraining());
    }

    @Override
    protected String describe() {
        return "lower=" + Text.number(lower) + ", " + "upper=" + Text.number(upper);
    }
}
