package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Softmax along an axis. */
public final class Softmax extends BuiltIn {
    private final int dim;

    public Softmax(int dim) {
        this.dim = dim;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.softmax(x, dim);
    }

    @Override
    protected String describe() {
        return "dim=" + dim;
    }
}
