package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Merges axes; by default all but the first. */
public final class Flatten extends BuiltIn {
    private final int startDim;
    private final int endDim;

    public Flatten() {
        this(1, -1);
    }

    /** Merges the axes from {@code startDim} to {@code endDim}, both included. */
    public Flatten(int startDim, int endDim) {
        this.startDim = startDim;
        this.endDim = endDim;
    }

    @Override
    Tensor compute(Tensor x) {
        return x.flatten(startDim, endDim);
    }

    @Override
    protected String describe() {
        return "start_dim=" + startDim + ", end_dim=" + endDim;
    }
}
