package dev.levin.data;

import java.util.Arrays;

/** Which samples each batch of one epoch has, and where in the epoch it begins. */
final class EpochPlan {
    private final long epoch;
    private final int[] order;
    private final int batchSize;
    private final int[][] batches;
    private final int count;
    private final long[] starts;
    private long fingerprint = -1;

    private EpochPlan(long epoch, int[] order, int batchSize, int[][] batches, int count, long[] starts) {
        this.epoch = epoch;
        this.order = order;
        this.batchSize = batchSize;
        this.batches = batches;
        this.count = count;
        this.starts = starts;
    }

    static EpochPlan of(long epoch, int[] order, int batchSize, boolean dropLast) {
        return new EpochPlan(epoch, order, batchSize, null, dropLast ? order.length / batchSize : Math.ceilDiv(order.length, batchSize), null);
    }

    static EpochPlan of(long epoch, int[][] batches) {
        long[] starts = new long[batches.length];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + batches[i - 1].length;
        }
        return new EpochPlan(epoch, null, 0, batches, batches.length, starts);
    }

    long epoch() {
        return epoch;
    }

    int batches() {
        return count;
    }

    int[] indices(int batch) {
        if (batches != null) {
            return batches[batch];
        }
        int at = batch * batchSize;
        return Arrays.copyOfRange(order, at, (int) Math.min(order.length, (long) at + batchSize));
    }

    /** Place in the epoch of a batch's first sample. */
    long start(int batch) {
        return batches != null ? starts[batch] : (long) batch * batchSize;
    }

    /** Two plans that differ have, almost surely, different fingerprints. */
    long fingerprint() {
        if (fingerprint < 0) {
            fingerprint = (batches != null ? Arrays.deepHashCode(batches) : 31 * Arrays.hashCode(order) + batchSize) & 0xffffffffL;
        }
        return fingerprint;
    }
}
