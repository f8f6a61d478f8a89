package dev.levin.data;

import dev.levin.tensor.Tensor;

/**
 * The usual sample and batch of supervised learning.
 *
 * @param input a sample: [...]; a batch: [N, ...]
 * @param target a sample: a scalar or [...]; a batch: [N, ...]
 */
public record Batch(Tensor input, Tensor target) {
}
