package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x * tanh(softplus(x)) (Misra 2019). */
public final class Mish extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.mish(x);
    }
}
