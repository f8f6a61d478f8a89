package dev.levin.tensor;

import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;

/** State that is not trained: running statistics, optimizer moments, metric accumulators. */
public final class State extends VariableTensor {

    /** State that starts as {@code initial}, which is computed when first needed. */
    public State(String name, Variable.Kind kind, Tensor initial) {
        super(name, kind, initial, initial.device());
    }

    /** As above, on a device. */
    public State(String name, Variable.Kind kind, Tensor initial, Device device) {
        super(name, kind, initial, device);
    }

    /** State that starts as zeros. */
    public State(String name, Variable.Kind kind, DType dtype, Shape shape, Device device) {
        super(name, kind, dtype, shape, device);
    }

    /** Zeros shaped like a parameter and beside it: an optimizer's moment. */
    public static State like(Parameter parameter, String suffix) {
        return new State(parameter.name() + "." + suffix, Variable.Kind.OPTIMIZER, parameter.dtype(), parameter.shape(), parameter.device());
    }
}
