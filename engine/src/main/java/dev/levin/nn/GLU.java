package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** First half of an axis times the sigmoid of the second (Dauphin et al. 2016). */
public final class GLU extends BuiltIn {
    private final int dim;

    public GLU() {
        this(-1);
    }

    public GLU(int dim) {
        this.dim = dim;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.glu(x, dim);
    }

    @Override
    protected String describe() {
        return "dim=" + dim;
    }
}
