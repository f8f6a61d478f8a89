package dev.levin.data;

import java.time.Duration;
import java.util.Map;

/**
 * Settings of every loader that makes batches ahead: threads, order, seed and share of the data.
 *
 * @param <L> the loader itself, which each setting returns
 */
public abstract sealed class BatchLoader<B, L extends BatchLoader<B, L>> implements Loader<B> permits DataLoader, StreamLoader {
    boolean dropLast;
    boolean ordered = true;
    int workers;
    int prefetch = 2;
    int rank;
    int world = 1;
    Duration timeout;
    long seed;
    long epoch;
    /** The saved position that the next iterator goes on from. */
    Map<String, Object> resume;

    BatchLoader() {
    }

    abstract L self();

    /** Which samples make which batches may no longer be what it was. */
    void changed() {
    }

    /** Seed of shuffles, shuffle buffers and random augmentation; 0 if it is not set. */
    public L seed(long newSeed) {
        seed = newSeed;
        changed();
        return self();
    }

    /** Leaves out a last batch that is not full; of a stream, at the end of each part. */
    public L dropLast() {
        dropLast = true;
        changed();
        return self();
    }

    /**
     * Takes the share of one process of {@code world}. Of a data set that is every world-th sample (or batch, of a batch
     * sampler), equally many batches for each rank: where the samples don't divide evenly the first ones fill up, or with
     * {@link #dropLast} the rest is left out. Shares of a stream may differ in length by what the stream gives.
     */
    public L distributed(int newRank, int newWorld) {
        Samplers.checkRank(newRank, newWorld);
        rank = newRank;
        world = newWorld;
        changed();
        return self();
    }

    /** Threads that make batches ahead; 0 makes them in the caller's thread. Of a stream, no more than it has parts have work. */
    public L workers(int threads) {
        if (threads < 0) {
            throw new IllegalArgumentException("workers must not be negative: " + threads);
        }
        workers = threads;
        return self();
    }

    /** Batches each worker, or each part of a stream, may be ahead. */
    public L prefetch(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("prefetch must be at least 1, not " + batches);
        }
        prefetch = batches;
        return self();
    }

    /** Hands batches out as workers finish them, so that a slow one holds up nothing. Every batch still comes once. */
    public L unordered() {
        ordered = false;
        return self();
    }

    /** Longest wait for a worker's batch; then an error says what each worker is doing. Without it, waits for ever. */
    public L timeout(Duration longest) {
        if (longest.isNegative() || longest.isZero()) {
            throw new IllegalArgumentException("the timeout must be positive, not " + longest);
        }
        timeout = longest;
        return self();
    }

    /** The number of the next epoch, or pass; trainers set it so that shuffles follow the epoch they count. */
    @Override
    public void setEpoch(long next) {
        epoch = next;
        resume = null;
    }
}
