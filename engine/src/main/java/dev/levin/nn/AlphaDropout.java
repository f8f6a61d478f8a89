package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Dropout that keeps mean and variance of SELU activations (Klambauer et al. 2017). */
public final class AlphaDropout extends BuiltIn {
    private final double p;

    public AlphaDropout() {
        this(0.5);
    }

    public AlphaDropout(double p) {
        Args.needProbability("AlphaDropout", p);
        this.p = p;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.alphaDropout(x, p, isTraining());
    }

    @Override
    protected String describe() {
        return "p=" + Text.number(p);
    }
}
