package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** relu6(x + 3) / 6. */
public final class Hardsigmoid extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.hardsigmoid(x);
    }
}
