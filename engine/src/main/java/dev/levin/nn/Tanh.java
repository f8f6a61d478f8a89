package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Hyperbolic tangent. */
public final class Tanh extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return x.tanh();
    }
}
