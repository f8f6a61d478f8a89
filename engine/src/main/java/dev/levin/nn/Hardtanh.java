package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Limits to [minVal, maxVal]. */
public final class Hardtanh extends BuiltIn {
    private final double minVal;
    private final double maxVal;

    public Hardtanh() {
        this(-1, 1);
    }

    public Hardtanh(double minVal, double maxVal) {
        this.minVal = minVal;
        this.maxVal = maxVal;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.hardtanh(x, minVal, maxVal);
    }

    @Override
    protected String describe() {
        return "min_val=" + Text.number(minVal) + ", " + "max_val=" + Text.number(maxVal);
    }
}
