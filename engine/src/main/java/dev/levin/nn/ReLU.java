package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** max(x, 0). */
public final class ReLU extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.relu(x);
    }
}
