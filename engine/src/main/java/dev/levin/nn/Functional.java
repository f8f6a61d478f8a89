package dev.levin.nn;

/**
 * Layers as functions, in PyTorch's names, argument order and defaults: activations, dropout, linear maps,
 * convolutions, pooling, normalisation, embedding, attention, padding, resampling. Losses are in {@link Losses}.
 */
public final class Functional extends AttentionFunctions {
    private Functional() {
    }
}
