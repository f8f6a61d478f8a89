package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x - tanh(x). */
public final class Tanhshrink extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.tanhshrink(x);
    }
}
