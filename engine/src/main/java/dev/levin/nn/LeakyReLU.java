package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x above 0, negativeSlope * x below. */
public final class LeakyReLU extends BuiltIn {
    private final double negativeSlope;

    public LeakyReLU() {
        this(0.01);
    }

    public LeakyReLU(double negativeSlope) {
        this.negativeSlope = negativeSlope;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.leakyRelu(x, negativeSlope);
    }

    @Override
    protected String describe() {
        return "negative_slope=" + Text.number(negativeSlope);
    }
}
