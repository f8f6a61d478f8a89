package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** x / (1 + |x|). */
public final class Softsign extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.softsign(x);
    }
}
