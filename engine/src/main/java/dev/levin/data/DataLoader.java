package dev.levin.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Batches of a data set, epoch after epoch: each {@link #iterator()} is one epoch.
 *
 * {@snippet :
 * var loader = new DataLoader<>(dataset, 64).shuffle().workers(2);
 * }
 *
 * <p>Configure before the first epoch. One epoch is iterated by one thread; worker threads fetch ahead and are gone when
 * the epoch ends or its iterator is dropped.
 */
public final class DataLoader<B> implements Loader<B> {
    private final Fetch<B> fetch;
    private final int size;
    private final int batchSize;
    private Sampler sampler;
    private boolean shuffled;
    private boolean dropLast;
    private int workers;
    private int prefetch = 2;
    private long seed;
    private long epoch;
    private int resumeAt;
    private Cursor<B> current;

    @FunctionalInterface
    interface Fetch<B> {
        B batch(int[] indices) throws Exception;
    }

    /** Samples and batches of one type; see {@link Collate#stacking}. */
    public DataLoader(Dataset<B> dataset, int batchSize) {
        this(dataset, batchSize, stackOrFetch(dataset));
    }

    private DataLoader(Dataset<?> dataset, int batchSize, Fetch<B> fetch) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size must be at least 1, not " + batchSize);
        }
        this.size = dataset.size();
        this.batchSize = batchSize;
        this.fetch = fetch;
        this.sampler = Samplers.sequential(size);
    }

    /** Batches made by a function of the samples. */
    public static <S, B> DataLoader<B> of(Dataset<S> dataset, int batchSize, Collate<S, B> collate) {
        return new DataLoader<B>(dataset, batchSize, indices -> collate.collate(dataset.getAll(indices)));
    }

    private static <B> Fetch<B> stackOrFetch(Dataset<B> dataset) {
        Collate<B, B> stack = Collate.stacking();
        return indices -> {
            B whole = dataset.batch(indices);
            return whole != null ? whole : stack.collate(dataset.getAll(indices));
        };
    }

    /** A new order every epoch, from the loader's seed. */
    public DataLoader<B> shuffle() {
        shuffled = true;
        return this;
    }

    public DataLoader<B> shuffle(long newSeed) {
        seed = newSeed;
        return shuffle();
    }

    /** Seed of the shuffle; {@code seedEverything} sets it where the user did not. */
    public DataLoader<B> seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** Visits samples in this order instead. */
    public DataLoader<B> sampler(Sampler order) {
        sampler = order;
        shuffled = false;
        return this;
    }

    /** Leaves out a last batch that is not full. */
    public DataLoader<B> dropLast() {
        dropLast = true;
        return this;
    }

    /** Threads that fetch ahead; 0 fetches in the caller's thread. */
    public DataLoader<B> workers(int threads) {
        if (threads < 0) {
            throw new IllegalArgumentException("workers must not be negative: " + threads);
        }
        workers = threads;
        return this;
    }

    /** Batches each worker may be ahead. */
    public DataLoader<B> prefetch(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("prefetch must be at least 1, not " + batches);
        }
        prefetch = batches;
        return this;
    }

    public int batchSize() {
        return batchSize;
    }

    @Override
    public boolean isShuffled() {
        return shuffled;
    }

    public int workers() {
        return workers;
    }

    /** Number of samples of the data set. */
    public int samples() {
        return size;
    }

    /** The same data in sequential order, for overfitting and evaluation. */
    @Override
    public DataLoader<B> unshuffled() {
        DataLoader<B> copy = new DataLoader<>(new Sized(size), batchSize, fetch);
        copy.dropLast = dropLast;
        copy.workers = workers;
        copy.prefetch = prefetch;
        return copy;
    }

    private record Sized(int size) implements Dataset<Object> {
        @Override
        public Object get(int index) {
            throw new NoSuchElementException();
        }
    }

    /** Number of batches of an epoch. */
    @Override
    public int length() {
        int n = order(epoch).length;
        return dropLast ? n / batchSize : Math.ceilDiv(n, batchSize);
    }

    private int[] order(long e) {
        return (shuffled ? Samplers.shuffled(size, seed) : sampler).indices(e);
    }

    /** The number of the next epoch; trainers set it so that shuffles follow the epoch they count. */
    @Override
    public void setEpoch(long next) {
        epoch = next;
        resumeAt = 0;
    }

    /** Starts the next epoch, or goes on where {@link #loadStateDict} says. */
    @Override
    public Iterator<B> iterator() {
        if (current != null) {
            current.stop();
        }
        int[] order = order(epoch);
        int batches = dropLast ? order.length / batchSize : Math.ceilDiv(order.length, batchSize);
        int from = resumeAt;
        resumeAt = 0;
        Fetch<B> byNumber = new Fetch<>() {
            @Override
            public B batch(int[] number) throws Exception {
                int at = number[0] * batchSize;
                return fetch.batch(Arrays.copyOfRange(order, at, Math.min(order.length, at + batchSize)));
            }
        };
        current = new Cursor<>(epoch++, from, batches, workers == 0 ? null : new Prefetcher<>(byNumber, from, batches, workers, prefetch), byNumber);
        return current;
    }

    /** One epoch: counts what was handed out. */
    private static final class Cursor<B> implements Iterator<B> {
        private final long epoch;
        private final int batches;
        private final Prefetcher<B> ahead;
        private final Fetch<B> fetch;
        private int next;

        Cursor(long epoch, int from, int batches, Prefetcher<B> ahead, Fetch<B> fetch) {
            this.epoch = epoch;
            this.next = from;
            this.batches = batches;
            this.ahead = ahead;
            this.fetch = fetch;
        }

        @Override
        public boolean hasNext() {
            return next < batches;
        }

        @Override
        public B next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            try {
                B batch = ahead == null ? fetch.batch(new int[] {next}) : ahead.take();
                next++;
                return batch;
            } catch (RuntimeException e) {
                throw e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for batch " + next, e);
            } catch (Exception e) {
                throw new IllegalStateException("batch " + next + " could not be loaded: " + e, e);
            }
        }

        void stop() {
            if (ahead != null) {
                ahead.stop();
            }
        }
    }

    // ---- saving -----------------------------------------------------------------------------------------------------

    /** Seed, epoch and the number of batches handed out in it. */
    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("seed", seed);
        boolean inside = current != null && current.hasNext();
        m.put("epoch", inside ? current.epoch : epoch);
        m.put("batch", inside ? current.next : 0);
        return m;
    }

    /** The next {@link #iterator()} goes on from a saved position. */
    @Override
    public void loadStateDict(Map<String, Object> saved) {
        seed = ((Number) saved.get("seed")).longValue();
        epoch = ((Number) saved.get("epoch")).longValue();
        resumeAt = ((Number) saved.get("batch")).intValue();
        if (current != null) {
            current.stop();
            current = null;
        }
    }
}
