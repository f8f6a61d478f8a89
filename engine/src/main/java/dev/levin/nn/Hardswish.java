package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x * relu6(x + 3) / 6 (Howard et al. 2019). */
public final class Hardswish extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.hardswish(x);
    }
}
