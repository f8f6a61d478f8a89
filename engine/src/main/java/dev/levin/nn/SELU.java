package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017). */
public final class SELU extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.selu(x);
    }
}
