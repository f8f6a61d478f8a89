package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** 1 / (1 + e^-x). */
public final class Sigmoid extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return x.sigmoid();
    }
}
