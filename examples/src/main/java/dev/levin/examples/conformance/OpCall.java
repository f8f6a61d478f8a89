package dev.levin.examples.conformance;

import dev.levin.tensor.Tensor;
import java.util.List;

/** How the public API is called for one PyTorch name. */
@FunctionalInterface
interface OpCall {
    /** The outputs, flattened as PyTorch's tuple is. */
    List<Tensor> call(Args args);
}
