package dev.levin.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Samples by number. Loaders call {@link #get} from several threads at once. */
public interface Dataset<S> {
    int size();

    /** Sample {@code index}, 0 to size - 1. */
    S get(int index) throws Exception;

    /** Several samples; data sets that can fetch a whole batch faster than sample by sample override {@link #batch}. */
    default List<S> getAll(int[] indices) throws Exception {
        List<S> samples = new ArrayList<>(indices.length);
        for (int i : indices) {
            try {
                samples.add(get(i));
            } catch (Exception e) {
                throw new SampleException(i, e);
            }
        }
        return samples;
    }

    /** A collated batch in one go, or null to let the loader collate samples. */
    default S batch(int[] indices) throws Exception {
        return null;
    }

    /** The same samples through a function, applied when a sample is fetched. */
    default <T> Dataset<T> map(Function<? super S, ? extends T> function) {
        Dataset<S> source = this;
        return new Dataset<>() {
            @Override
            public int size() {
                return source.size();
            }

            @Override
            public T get(int index) throws Exception {
                return function.apply(source.get(index));
            }
        };
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
        };
    }
}
