package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x above 0, alpha * (e^(x / alpha) - 1) below (Barron 2017). */
public final class CELU extends BuiltIn {
    private final double alpha;

    public CELU() {
        this(1);
    }

    public CELU(double alpha) {
        this.alpha = alpha;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.celu(x, alpha);
    }

    @Override
    protected String describe() {
        return "alpha=" + Text.number(alpha);
    }
}
