package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** log(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold. */
public final class Softplus extends BuiltIn {
    private final double beta;
    private final double threshold;

    public Softplus() {
        this(1, 20);
    }

    public Softplus(double beta, double threshold) {
        this.beta = beta;
        this.threshold = threshold;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.softplus(x, beta, threshold);
    }

    @Override
    protected String describe() {
        return "beta=" + Text.number(beta) + ", " + "threshold=" + Text.number(threshold);
    }
}
