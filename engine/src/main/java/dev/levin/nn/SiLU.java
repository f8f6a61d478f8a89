package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x * sigmoid(x), also called swish. */
public final class SiLU extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.silu(x);
    }
}
