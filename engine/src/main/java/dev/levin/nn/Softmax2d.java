package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Softmax over the channels of [N, C, H, W]. */
public final class Softmax2d extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.softmax(x, -3);
    }
}
