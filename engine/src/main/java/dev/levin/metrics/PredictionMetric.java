package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/**
 * A metric that compares predictions with targets.
 *
 * @param <R> what it computes
 */
public interface PredictionMetric<R> extends Metric<R> {
    /** Takes in a batch; gradients do not flow through it. */
    void update(Tensor predictions, Tensor targets);
}
