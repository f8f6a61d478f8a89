package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import java.util.List;

/**
 * A measure that is gathered over batches: each batch updates state on the device, {@link #compute} turns the state into
 * the value. Updating is each metric's own method, since what it takes differs.
 *
 * @param <R> what it computes: a tensor, mostly of one element, or points of curves
 */
public interface Metric<R> {
    /** The value over everything since the last {@link #reset}. */
    R compute();

    /** Forgets everything. */
    void reset();

    /** The state, in a fixed order: what a checkpoint saves in the middle of an epoch, and what processes exchange. */
    List<Tensor> state();

    /**
     * Goes on from a saved state.
     *
     * @throws IllegalArgumentException if it is that of another kind of metric
     */
    void loadState(List<Tensor> saved);

    /** Takes in the {@link #state} that another instance, made with the same options, has gathered. */
    void mergeState(List<Tensor> other);
}
