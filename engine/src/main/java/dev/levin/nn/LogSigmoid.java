package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** log(sigmoid(x)). */
public final class LogSigmoid extends BuiltIn {
    @Override
    Tensor compute(Tensor x) {
        return Functional.logsigmoid(x);
    }
}
