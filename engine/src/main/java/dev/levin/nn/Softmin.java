package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Softmax of -x along an axis. */
public final class Softmin extends BuiltIn {
    private final int dim;

    public Softmin(int dim) {
        this.dim = dim;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.softmin(x, dim);
    }

    @Override
    protected String describe() {
        return "dim=" + dim;
    }
}
