package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Drops whole channels of [N, C, D, H, W] in training. */
public final class Dropout3d extends BuiltIn {
    private final double p;

    public Dropout3d() {
        this(0.5);
    }

    public Dropout3d(double p) {
        Args.needProbability("Dropout3d", p);
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
