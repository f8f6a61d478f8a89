package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** A layer of this package: {@code forward} runs as the current layer, with hooks. */
abstract class BuiltIn extends Layer {
    /** What the layer computes; the context's path is the layer's. */
    abstract Tensor compute(Tensor x);

    @Override
    final Tensor run(Tensor x) {
        return compute(x);
    }

    @Override
    public final Tensor forward(Tensor x) {
        return call(x);
    }
}
