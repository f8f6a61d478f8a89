package dev.levin.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.slf4j.LoggerFactory;

/**
 * Batches of a data set, epoch after epoch: each {@link #iterator()} is one epoch.
 *
 * {@snippet :
 * var loader = new DataLoader<>(dataset, 64).shuffle().workers(2);
 * }
 *
 * <p>Configure before the first epoch. One epoch is iterated by one thread; worker threads make batches ahead, never more than
 * {@code workers * prefetch}, and are gone when the epoch ends or its iterator is dropped. Order and content of the batches do
 * not depend on the number of workers, random augmentation included; {@link #unordered()} gives up the order.
 *
 * <p>Streams of unknown length are read by {@link StreamLoader}.
 */
public final class DataLoader<B> extends BatchLoader<B, DataLoader<B>> {
    private final BatchMaker<?, B> maker;
    private final int size;
    private final int batchSize;
    private Sampler sampler;
    private BatchSampler batchSampler;
    private boolean shuffled;
    private EpochPlan plan;
    private Cursor current;

    /** Samples and batches of one type; see {@link Collate#stacking}. */
    public DataLoader(Dataset<B> dataset, int batchSize) {
        this(new BatchMaker<>(dataset, Collate.stacking(), true), batchSize);
    }

    private DataLoader(BatchMaker<?, B> maker, int batchSize) {
        BatchSamplers.checkSize(batchSize);
        this.maker = maker;
        this.size = maker.dataset().size();
        this.batchSize = batchSize;
        this.sampler = Samplers.sequential(size);
    }

    /** Batches made by a function of the samples. */
    public static <S, B> DataLoader<B> of(Dataset<S> dataset, int batchSize, Collate<S, B> collate) {
        return new DataLoader<B>(new BatchMaker<>(dataset, collate, false), batchSize);
    }

    /** Samples as they are, one by one: for data sets whose samples are batches. */
    public static <B> DataLoader<B> unbatched(Dataset<B> dataset) {
        return of(dataset, 1, List::getFirst);
    }

    @Override
    DataLoader<B> self() {
        return this;
    }

    @Override
    void changed() {
        plan = null;
    }

    // ---- settings -----------------------------------------------------------------------------------------------------

    /** A new order every epoch, from the loader's seed. */
    public DataLoader<B> shuffle() {
        shuffled = true;
        plan = null;
        return this;
    }

    public DataLoader<B> shuffle(long newSeed) {
        seed = newSeed;
        return shuffle();
    }

    /** Visits samples in this order instead. */
    public DataLoader<B> sampler(Sampler order) {
        sampler = order;
        batchSampler = null;
        shuffled = false;
        plan = null;
        return this;
    }

    /** Makes these batches instead; the batch size and {@link #dropLast} then mean nothing. */
    public DataLoader<B> batchSampler(BatchSampler batches) {
        batchSampler = batches;
        shuffled = false;
        plan = null;
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
        DataLoader<B> copy = new DataLoader<>(maker, batchSize);
        copy.dropLast = dropLast;
        copy.workers = workers;
        copy.prefetch = prefetch;
        copy.timeout = timeout;
        copy.seed = seed;
        copy.rank = rank;
        copy.world = world;
        return copy;
    }

    // ---- epochs -------------------------------------------------------------------------------------------------------

    /** Number of batches of an epoch. */
    @Override
    public int length() {
        if (batchSampler == null && shuffled) {
            int mine = dropLast ? size / world : Math.ceilDiv(size, world);
            return dropLast ? mine / batchSize : Math.ceilDiv(mine, batchSize);
        }
        return plan(epoch).batches();
    }

    private EpochPlan plan(long e) {
        if (plan == null || plan.epoch() != e) {
            if (batchSampler != null) {
                plan = EpochPlan.of(e, (world == 1 ? batchSampler : BatchSamplers.distributed(batchSampler, rank, world)).batches(e));
            } else {
                Sampler all = shuffled ? Samplers.shuffled(size, seed) : sampler;
                plan = EpochPlan.of(e, (world == 1 ? all : Samplers.distributed(all, rank, world, dropLast)).indices(e), batchSize, dropLast);
            }
        }
        return plan;
    }

    /** Starts the next epoch, or goes on where {@link #loadStateDict} says. */
    @Override
    public Iterator<B> iterator() {
        if (current != null) {
            current.stop();
        }
        current = new Cursor(plan(epoch), resume);
        resume = null;
        epoch++;
        return current;
    }

    /** Static, because a worker that held the loader would keep a dropped iterator, and so itself, alive. */
    private static <B> B make(BatchMaker<?, B> maker, EpochPlan of, long withSeed, int number, Activity activity) {
        int[] indices = of.indices(number);
        long start = of.start(number);
        return maker.make(number, indices, place -> Draws.of(withSeed, of.epoch(), start + place, indices[place]), activity);
    }

    private static <B> Prefetcher.Source<B> source(BatchMaker<?, B> maker, EpochPlan of, long withSeed) {
        return (number, activity) -> make(maker, of, withSeed, number, activity);
    }

    /** One epoch: counts what was handed out. */
    private final class Cursor implements Iterator<B> {
        private final EpochPlan epochPlan;
        private final Prefetcher<B> ahead;
        private final Activity activity = new Activity();
        private final boolean[] out;
        /** Batches handed out without a gap from the first. */
        private int prefix;
        private int left;

        Cursor(EpochPlan epochPlan, Map<String, Object> from) {
            this.epochPlan = epochPlan;
            out = new boolean[epochPlan.batches()];
            left = out.length;
            if (from != null) {
                restore(from);
            }
            if (workers == 0) {
                ahead = null;
            } else {
                int[] todo = new int[left];
                for (int i = 0, n = 0; i < out.length; i++) {
                    if (!out[i]) {
                        todo[n++] = i;
                    }
                }
                ahead = new Prefetcher<>(source(maker, epochPlan, seed), todo, workers, prefetch, ordered, timeout, maker.dataset().name());
            }
        }

        private void restore(Map<String, Object> from) {
            int batches = ((Number) from.get("batch")).intValue();
            if (batches > 0 && from.get("batch_size") instanceof Number n && n.intValue() != batchSize) {
                throw new IllegalStateException("the saved position is inside an epoch of batches of " + n + ", this loader makes batches of "
                        + batchSize + "; use the same batch size, or start a new epoch with setEpoch");
            }
            if (batches > out.length) {
                throw new IllegalStateException("the saved position is after batch " + batches + ", but an epoch of " + maker.dataset().name()
                        + " has " + out.length + "; was the data set larger?");
            }
            if (batches > 0 && from.get("order") instanceof Number n && n.longValue() != epochPlan.fingerprint()) {
                LoggerFactory.getLogger(DataLoader.class).warn("{} is read in another order than when the position was saved (another data set, sampler "
                        + "or sampler seed): going on after {} batches repeats some samples and leaves others out", maker.dataset().name(), batches);
            }
            Arrays.fill(out, 0, batches, true);
            prefix = batches;
            left -= batches;
            if (from.get("beyond") instanceof List<?> beyond) {
                for (Object o : beyond) {
                    taken(((Number) o).intValue());
                }
            }
        }

        private void taken(int number) {
            out[number] = true;
            left--;
            while (prefix < out.length && out[prefix]) {
                prefix++;
            }
        }

        @Override
        public boolean hasNext() {
            return left > 0;
        }

        @Override
        public B next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            if (ahead == null) {
                while (out[prefix]) {
                    prefix++;
                }
                activity.batch(prefix);
                B batch = make(maker, epochPlan, seed, prefix, activity);
                taken(prefix);
                return batch;
            }
            try {
                Prefetcher.Taken<B> t = ahead.take();
                taken(t.number());
                return t.batch();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for batch " + prefix, e);
            }
        }

        void stop() {
            if (ahead != null) {
                ahead.stop();
            }
        }

        void save(Map<String, Object> into) {
            into.put("batch", prefix);
            into.put("batch_size", batchSize);
            into.put("order", epochPlan.fingerprint());
            int[] beyond = IntStream.range(prefix, out.length).filter(i -> out[i]).toArray();
            if (beyond.length > 0) {
                into.put("beyond", Arrays.stream(beyond).boxed().toList());
            }
        }
    }

    // ---- saving -----------------------------------------------------------------------------------------------------

    /** Seed, epoch and which batches were handed out in it. */
    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("seed", seed);
        if (current != null && current.hasNext()) {
            m.put("epoch", current.epochPlan.epoch());
            current.save(m);
        } else {
            m.put("epoch", epoch);
            m.put("batch", 0);
        }
        return m;
    }

    /** The next {@link #iterator()} goes on from a saved position. */
    @Override
    public void loadStateDict(Map<String, Object> saved) {
        seed = ((Number) saved.get("seed")).longValue();
        epoch = ((Number) saved.get("epoch")).longValue();
        resume = Map.copyOf(saved);
        plan = null;
        if (current != null) {
            current.stop();
            current = null;
        }
    }
}
