package dev.levin.strategies;

import dev.levin.nn.Module;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;

/**
 * How the processes and devices of a run work together. With one process every collective is the identity.
 *
 * <p>Calls come from the thread that runs the loop.
 */
public interface Strategy extends AutoCloseable {
    /** The registry name, such as {@code single_device}. */
    String name();

    /** The device of this process. */
    Device rootDevice();

    default int worldSize() {
        return 1;
    }

    default int globalRank() {
        return 0;
    }

    default int localRank() {
        return 0;
    }

    default int nodeRank() {
        return 0;
    }

    default boolean isGlobalZero() {
        return globalRank() == 0;
    }

    /** Brings the module's state to {@link #rootDevice}. */
    default void setup(Module module) {
        module.to(rootDevice());
    }

    /** Makes gradients the mean over all ranks; before an optimizer steps. */
    default void reduceGradients(Iterable<? extends Tensor> parameters) {}

    /** Combines a value of all ranks. */
    default Tensor reduce(Tensor value, Reduction op) {
        return value;
    }

    /** Every rank's value stacked along a new first axis: {@code [worldSize, ...]}. */
    default Tensor allGather(Tensor value) {
        return value.unsqueeze(0);
    }

    /** The value of rank {@code source} on every rank. */
    default <T> T broadcast(T value, int source) {
        return value;
    }

    /** Waits for all ranks. */
    default void barrier(String name) {}

    /** One decision for all ranks: true if all (or any) say so. */
    default boolean decide(boolean decision, boolean all) {
        return decision;
    }

    /** Frees what the strategy opened; the module stays where it is. */
    @Override
    default void close() {}

    /** How values of several ranks become one. */
    enum Reduction { MEAN, SUM, MIN, MAX }
}
