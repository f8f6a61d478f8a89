package dev.levin.trainer;

/**
 * What {@code predictStep} gave for a batch.
 *
 * @param loader index of the loader
 */
public record Prediction(Object output, int batchIndex, int loader) {}
