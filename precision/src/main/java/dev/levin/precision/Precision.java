package dev.levin.precision;

import dev.levin.nn.Module;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * How numbers are held and computed in a run. The Trainer calls, in this order: {@link #convertModule} once; then in each
 * step {@link #convertInput} for the batch, {@link #forward} around the user's step, {@link #scale} on the loss, and before
 * an update {@link #unscale}, whose result gates the update, and {@link #update} after it.
 */
public interface Precision {

    /** The full name, such as {@code bf16-mixed}. */
    String name();

    /** Dtype of parameters and of new tensors that name none. */
    default DType dtype() {
        return DType.F32;
    }

    /** Brings parameters and buffers to {@link #dtype}; before optimizers are made. */
    default void convertModule(Module module) {}

    /** A float tensor of a batch as the model reads it. */
    default Tensor convertInput(Tensor input) {
        return input;
    }

    /** Runs a step of the user's with the casts of this precision. */
    default <T> T forward(Supplier<T> step) {
        return step.get();
    }

    /** The loss as backward starts from it. */
    default Tensor scale(Tensor loss) {
        return loss;
    }

    /**
     * Takes the scale out of the gradients.
     *
     * @return a BOOL scalar that is true where the update may take effect; null when it always does
     */
    default Tensor unscale(List<Parameter> parameters) {
        return null;
    }

    /** Adapts the scale to the outcome of {@link #unscale}. */
    default void update(Tensor finite) {}

    /** What a checkpoint needs to go on: tensors and numbers; empty if there is nothing. */
    default Map<String, Object> stateDict() {
        return Map.of();
    }

    default void loadStateDict(Map<String, Object> state) {}

    /** Key of {@link #stateDict} in a checkpoint. */
    default String stateKey() {
        return getClass().getSimpleName();
    }

    /**
     * The precision of a name: {@code 64-true 32-true 16-true bf16-true 16-mixed bf16-mixed}, or the short forms
     * {@code 64 32 16 bf16}, of which {@code 16} and {@code bf16} mean the mixed ones.
     *
     * @throws IllegalArgumentException listing the names
     */
    static Precision of(String name) {
        return PrecisionNames.parse(name);
    }
}
