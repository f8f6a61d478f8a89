package dev.levin.trainer;

import dev.levin.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * A batch (or a part of one) that is no record, map, list or array and still holds tensors: brought to the device by being
 * rebuilt from tensors that are there.
 *
 * @param <T> its own type
 */
@FunctionalInterface
public interface TensorHolder<T> {
    /** The same object with every tensor replaced by {@code f} of it; integer tensors as well. */
    T mapTensors(UnaryOperator<Tensor> f);
}
