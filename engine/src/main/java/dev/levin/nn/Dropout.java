package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Zeroes elements with probability p in training and scales the rest by 1 / (1 - p) (Hinton et al. 2012). */
public final class Dropout extends BuiltIn {
    private final double p;

    public Dropout() {
        this(0.5);
    }

    public Dropout(double p) {
        Args.needProbability("Dropout", p);
        this.p = p;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.dropout(x, p, isTraining());
    }

    @Override
    protected String describe() {
        return "p=" + Text.number(p);
    }
}
