package dev.levin.data;

/** Which samples make up which batch. A pure function of the epoch, so that a saved position is exact. */
@FunctionalInterface
public interface BatchSampler {
    /** The sample numbers of each batch of an epoch. */
    int[][] batches(long epoch);
}
