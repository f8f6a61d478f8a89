package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x times the normal distribution function of x, exact or approximated by tanh (Hendrycks and Gimpel 2016). */
public final class GELU extends BuiltIn {
    private final boolean tanh;

    public GELU() {
        this(false);
    }

    /** With the approximation by tanh. */
    public static GELU tanh() {
        return new GELU(true);
    }

    private GELU(boolean tanh) {
        this.tanh = tanh;
    }

    @Override
    Tensor compute(Tensor x) {
        return tanh ? Functional.geluTanh(x) : Functional.gelu(x);
    }

    @Override
    protected String describe() {
        return "approximate='" + (tanh ? "tanh" : "none") + "'";
    }
}
