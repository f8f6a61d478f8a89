package dev.levin.data;

/** The order in which samples are visited. A pure function of the epoch, so that a saved position is exact. */
@FunctionalInterface
public interface Sampler {
    /** Sample numbers of an epoch, in order. */
    int[] indices(long epoch);

    /** Full batches in this order, and a last one with the rest unless {@code dropLast}. */
    default BatchSampler batches(int batchSize, boolean dropLast) {
        return BatchSamplers.of(this, batchSize, dropLast);
    }
}
