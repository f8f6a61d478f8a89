package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/**
 * A measure that is gathered over batches: each batch updates state on the device, {@link #compute} turns the state into
 * the value. Updating is each metric's own method, since what it takes differs.
 */
public interface Metric {
    /** The value over everything since the last {@link #reset}; a scalar. */
    Tensor compute();

    /** Forgets everything. */
    void reset();

    /** The state, in a fixed order: what a checkpoint saves in the middle of an epoch. */
    List<State> states();
}
