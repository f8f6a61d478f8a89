package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** {@code value} where x is not above the threshold. */
public final class Threshold extends BuiltIn {
    private final double threshold;
    private final double value;

    public Threshold(double threshold, double value) {
        this.threshold = threshold;
        this.value = value;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.threshold(x, threshold, value);
    }

    @Override
    protected String describe() {
        return "threshold=" + Text.number(threshold) + ", " + "value=" + Text.number(value);
    }
}
