package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x above 0, alpha * (e^x - 1) below (Clevert et al. 2015). */
public final class ELU extends BuiltIn {
    private final double alpha;

    public ELU() {
        this(1);
    }

    public ELU(double alpha) {
        this.alpha = alpha;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.elu(x, alpha);
    }

    @Override
    protected String describe() {
        return "alpha=" + Text.number(alpha);
    }
}
