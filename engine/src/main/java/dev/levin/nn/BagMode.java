package dev.levin.nn;

/** How {@link Functional#embeddingBag} and {@link EmbeddingBag} combine the vectors of a bag. */
public enum BagMode {
    SUM, MEAN, MAX
}
