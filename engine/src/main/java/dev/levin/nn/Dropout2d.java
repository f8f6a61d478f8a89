package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Drops whole channels of [N, C, H, W] in training (Tompson et al. 2014). */
public final class Dropout2d extends BuiltIn {
    private final double p;

    public Dropout2d() {
        this(0.5);
    }

    public Dropout2d(double p) {
        Args.needProbability("Dropout2d", p);
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
