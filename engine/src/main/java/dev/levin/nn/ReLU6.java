package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** min(max(x, 0), 6). */
public final class ReLU6 extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.relu6(x);
    }
}
