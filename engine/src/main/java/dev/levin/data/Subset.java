package dev.levin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Some samples of a data set, in a given order. */
public final class Subset<S> implements Dataset<S> {
    private final Dataset<S> source;
    private final int[] indices;

    public Subset(Dataset<S> source, int[] indices) {
        for (int i : indices) {
            if (i < 0 || i >= source.size()) {
                throw new IndexOutOfBoundsException("sample " + i + " does not exist: the data set has " + source.size());
            }
        }
        this.source = source;
        this.indices = indices.clone();
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public S get(int index) throws Exception {
        return source.get(indices[index]);
    }

    @Override
    public S get(int index, RandomGenerator random) throws Exception {
        return source.get(indices[index], random);
    }

    @Override
    public S batch(int[] list) throws Exception {
        return source.batch(ofSource(list));
    }

    @Override
    public S batch(int[] list, Draws draws) throws Exception {
        return source.batch(ofSource(list), draws);
    }

    private int[] ofSource(int[] list) {
        int[] mapped = new int[list.length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] = indices[list[i]];
        }
        return mapped;
    }

    @Override
    public String describe(int index) {
        return "sample " + index + " of a subset (" + source.describe(indices[index]) + ")";
    }

    @Override
    public String name() {
        return "a subset of " + source.name();
    }

    public int[] indices() {
        return indices.clone();
    }

    /**
     * Random disjoint parts.
     *
     * @param fractions non-negative, adding up to 1; rounding goes to the first parts
     */
    public static <S> List<Subset<S>> randomSplit(Dataset<S> source, double[] fractions, long seed) {
        if (Arrays.stream(fractions).anyMatch(f -> !(f >= 0)) || Math.abs(Arrays.stream(fractions).sum() - 1) > 1e-9) {
            throw new IllegalArgumentException("fractions must not be negative and must add up to 1: " + Arrays.toString(fractions));
        }
        int n = source.size();
        int[] counts = Arrays.stream(fractions).mapToInt(f -> (int) Math.floor(f * n)).toArray();
        int left = n - Arrays.stream(counts).sum();
        for (int i = 0; i < left; i++) {
            counts[i % counts.length]++;
        }
        return randomSplit(source, counts, seed);
    }

    /** Random disjoint parts of the given sizes, which must add up to the size of the data set. */
    public static <S> List<Subset<S>> randomSplit(Dataset<S> source, int[] counts, long seed) {
        if (Arrays.stream(counts).anyMatch(c -> c < 0) || Arrays.stream(counts).sum() != source.size()) {
            throw new IllegalArgumentException("parts " + Arrays.toString(counts) + " do not add up to " + source.size() + " samples");
        }
        int[] order = Samplers.permutation(source.size(), new SplittableRandom(seed));
        List<Subset<S>> parts = new ArrayList<>();
        int at = 0;
        for (int c : counts) {
            parts.add(new Subset<>(source, Arrays.copyOfRange(order, at, at + c)));
            at += c;
        }
        return parts;
    }
}
