package dev.levin.data;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Samples one after another, of which the number need not be known: lines of a file, records of a queue, draws of a simulator.
 * Read by {@link StreamLoader}.
 */
@FunctionalInterface
public interface IterableDataset<S> {
    /**
     * One pass over this worker's part: with {@code worker.workers()} of them, each must give other samples. A data set that can't
     * be cut any better returns {@code worker.share(everything)}. Iterators that are {@link ResumableIterator}s resume without
     * reading again what they have read; those that are {@link AutoCloseable} are closed.
     */
    Iterator<S> iterator(WorkerInfo worker) throws Exception;

    /** What messages call the data set. */
    default String name() {
        String simple = getClass().getSimpleName();
        return simple.isEmpty() || getClass().isHidden() ? "a stream" : simple;
    }

    /** The same samples through a function. */
    default <T> IterableDataset<T> map(Function<? super S, ? extends T> function) {
        return augment((sample, random) -> function.apply(sample));
    }

    /** The same samples through a function that draws random numbers. */
    default <T> IterableDataset<T> augment(BiFunction<? super S, RandomGenerator, ? extends T> function) {
        IterableDataset<S> source = this;
        return new Derived<>(name(), worker -> {
            Iterator<S> it = source.iterator(worker);
            return new Iterators.Mapped<>(it, position -> Draws.of(worker.seed(), worker.epoch(), position, worker.id()), function);
        });
    }

    /** The samples that a condition accepts. */
    default IterableDataset<S> filter(Predicate<? super S> condition) {
        IterableDataset<S> source = this;
        return new Derived<>(name(), worker -> new Iterators.Filtered<>(source.iterator(worker), condition));
    }

    /**
     * Shuffles through a buffer: each sample comes out at random among {@code buffer} waiting ones. A function of seed and epoch.
     *
     * @param buffer samples held in memory by each worker
     */
    default IterableDataset<S> shuffled(int buffer) {
        if (buffer < 1) {
            throw new IllegalArgumentException("a shuffle buffer holds at least 1 sample, not " + buffer);
        }
        IterableDataset<S> source = this;
        return new Derived<>(name(), worker -> {
            RandomGenerator random = Draws.of(worker.seed(), worker.epoch(), -1, worker.id());
            return new Iterators.Shuffled<>(source.iterator(worker), buffer, random);
        });
    }

    /** Streams one after another. */
    static <S> IterableDataset<S> chain(List<? extends IterableDataset<S>> parts) {
        List<IterableDataset<S>> copy = List.copyOf(parts);
        return new Derived<>("chained streams", worker -> new Iterators.Chained<>(copy, worker));
    }

    /** A stream under a name. */
    record Derived<S>(String name, IterableDataset<S> source) implements IterableDataset<S> {
        @Override
        public Iterator<S> iterator(WorkerInfo worker) throws Exception {
            return source.iterator(worker);
        }
    }

    /** The samples of a data set in order, as a stream. */
    static <S> IterableDataset<S> of(Dataset<S> data) {
        return new Derived<>(data.name(), worker -> new Iterator<>() {
            private int next = worker.id();

            @Override
            public boolean hasNext() {
                return next < data.size();
            }

            @Override
            public S next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                int index = next;
                next += worker.workers();
                try {
                    return data.get(index, Draws.of(worker.seed(), worker.epoch(), index, index));
                } catch (SampleException e) {
                    throw e;
                } catch (Exception e) {
                    throw new SampleException(index, data.describe(index), e);
                }
            }
        });
    }
}
