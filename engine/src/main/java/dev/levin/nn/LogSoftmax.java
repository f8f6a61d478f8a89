package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** log of the softmax along an axis. */
public final class LogSoftmax extends BuiltIn {
    private final int dim;

    public LogSoftmax(int dim) {
        this.dim = dim;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.logSoftmax(x, dim);
    }

    @Override
    protected String describe() {
        return "dim=" + dim;
    }
}
