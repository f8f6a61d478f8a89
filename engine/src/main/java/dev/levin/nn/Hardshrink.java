package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** 0 between -lambd and lambd. */
public final class Hardshrink extends BuiltIn {
    private final double lambd;

    public Hardshrink() {
        this(0.5);
    }

    public Hardshrink(double lambd) {
        this.lambd = lambd;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.hardshrink(x, lambd);
    }

    @Override
    protected String describe() {
        return Text.number(lambd);
    }
}
