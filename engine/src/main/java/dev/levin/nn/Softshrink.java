package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Moves elements towards 0 by lambd. */
public final class Softshrink extends BuiltIn {
    private final double lambd;

    public Softshrink() {
        this(0.5);
    }

    public Softshrink(double lambd) {
        this.lambd = lambd;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.softshrink(x, lambd);
    }

    @Override
    protected String describe() {
        return Text.number(lambd);
    }
}
