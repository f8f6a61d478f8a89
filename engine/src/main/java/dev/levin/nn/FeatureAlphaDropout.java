package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** {@link AlphaDropout} of whole channels. */
public final class FeatureAlphaDropout extends BuiltIn {
    private final double p;

    public FeatureAlphaDropout() {
        this(0.5);
    }

    public FeatureAlphaDropout(double p) {
        Args.needProbability("FeatureAlphaDropout", p);
        this.p = p;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.featureAlphaDropout(x, p, isTraining());
    }

    @Override
    protected String describe() {
        return "p=" + Text.number(p);
    }
}
