package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Drops whole channels of [N, C, L] in training. */
public final class Dropout1d extends BuiltIn {
    private final double p;

    public Dropout1d() {
        this(0.5);
    }

    public Dropout1d(double p) {
        Args.needProbability("Dropout1d", p);
        this.p = p;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.featureDropout(x, p, isTraining());
    }

    @Override
    protected String describe() {
        return "p=" + Text.number(p);
    }
}
