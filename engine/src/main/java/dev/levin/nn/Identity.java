package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Returns its input. */
public final class Identity extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return x;
    }
}
