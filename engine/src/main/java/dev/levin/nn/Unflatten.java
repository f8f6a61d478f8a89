package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;

/** Splits one axis into several; one extent may be -1. */
public final class Unflatten extends BuiltIn {
    private final int dim;
    private final int[] unflattenedSize;

    public Unflatten(int dim, int... unflattenedSize) {
        this.dim = dim;
        this.unflattenedSize = unflattenedSize.clone();
    }

    @Override
    Tensor compute(Tensor x) {
        int axis = x.shape().axis(dim);
        int known = 1;
        for (int n : unflattenedSize) {
            known *= n == -1 ? 1 : n;
        }
        Shape s = x.shape().drop(axis);
        for (int i = 0; i < unflattenedSize.length; i++) {
            s = s.insert(axis + i, unflattenedSize[i] == -1 ? x.size(axis) / Math.max(1, known) : unflattenedSize[i]);
        }
        return x.reshape(s);
    }

    @Override
    protected String describe() {
        return "dim=" + dim + ", unflattened_size=" + Text.tuple(unflattenedSize);
    }
}
