package dev.levin.data;

import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/** Samples through a function. */
record FunctionDataset<S, T>(Dataset<S> source, BiFunction<? super S, RandomGenerator, ? extends T> function) implements Dataset<T> {
    @Override
    public int size() {
        return source.size();
    }

    /** Outside a loader the random numbers are a function of the index. */
    @Override
    public T get(int index) throws Exception {
        return get(index, new SplittableRandom(index));
    }

    @Override
    public T get(int index, RandomGenerator random) throws Exception {
        return function.apply(source.get(index, random), random);
    }

    @Override
    public String describe(int index) {
        return source.describe(index);
    }

    @Override
    public String name() {
        return source.name();
    }
}
