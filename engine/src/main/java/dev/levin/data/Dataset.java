package dev.levin.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Samples by number. Loaders call {@link #get} from several threads at once.
 *
 * <p>A data set that draws random numbers (a random crop) overrides {@link #get(int, RandomGenerator)} and takes them from
 * the generator it is given: loaders hand every sample its own, a function of seed, epoch and position, so that results
 * depend neither on the number of workers nor on interruptions.
 */
public interface Dataset<S> {
    int size();

    /** Sample {@code index}, 0 to size - 1. */
    S get(int index) throws Exception;

    /** The sample with random numbers of its own; without use for them, the plain sample. */
    default S get(int index, RandomGenerator random) throws Exception {
        return get(index);
    }

    /** A collated batch in one go, or null to let the loader collate samples. */
    default S batch(int[] indices) throws Exception {
        return null;
    }

    /** As {@link #batch(int[])}, for data sets that draw random numbers. */
    default S batch(int[] indices, Draws draws) throws Exception {
        return batch(indices);
    }

    /** What messages call a sample: override it to name a file or a line. */
    default String describe(int index) {
        return "sample " + index + " of " + name();
    }

    /** What messages call the data set. */
    default String name() {
        Class<?> c = getClass();
        String simple = c.getSimpleName();
        return simple.isEmpty() || c.isHidden() ? c.getName().replaceFirst("^.*\\.", "").replaceFirst("/.*$", "") : simple;
    }

    /** The same samples through a function, applied when a sample is fetched. */
    default <T> Dataset<T> map(Function<? super S, ? extends T> function) {
        return new FunctionDataset<>(this, (sample, random) -> function.apply(sample));
    }

    /** The same samples through a function that draws random numbers: augmentation. */
    default <T> Dataset<T> augment(BiFunction<? super S, RandomGenerator, ? extends T> function) {
        return new FunctionDataset<>(this, function);
    }

    /** The same samples, each kept in memory once it was fetched: for files that take long to decode. Augment afterwards. */
    default Dataset<S> cached() {
        return new CachedDataset<>(this);
    }

    /** The samples that a condition accepts; looks at every sample once, now. */
    default Subset<S> filter(Predicate<? super S> condition) throws Exception {
        int[] kept = new int[size()];
        int n = 0;
        for (int i = 0; i < kept.length; i++) {
            if (condition.test(get(i))) {
                kept[n++] = i;
            }
        }
        return new Subset<>(this, Arrays.copyOf(kept, n));
    }

    /** The first {@code count} samples. */
    default Subset<S> take(int count) {
        return new Subset<>(this, IntStream.range(0, count).toArray());
    }

    static <S> Dataset<S> of(List<S> samples) {
        List<S> copy = List.copyOf(samples);
        return new Dataset<>() {
            @Override
            public int size() {
                return copy.size();
            }

            @Override
            public S get(int index) {
                return copy.get(index);
            }

            @Override
            public String name() {
                return "a list of " + copy.size();
            }
        };
    }
}
