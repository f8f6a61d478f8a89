package dev.levin.data;

import java.util.List;
import java.util.random.RandomGenerator;

/** Data sets one after another. */
public final class ConcatDataset<S> implements Dataset<S> {
    private final List<Dataset<S>> parts;
    private final int[] ends;

    public ConcatDataset(List<? extends Dataset<S>> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("at least one data set is needed");
        }
        this.parts = List.copyOf(parts);
        ends = new int[parts.size()];
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            end = Math.addExact(end, parts.get(i).size());
            ends[i] = end;
        }
    }

    public static <S> ConcatDataset<S> of(Dataset<S> first, Dataset<S> second) {
        return new ConcatDataset<>(List.of(first, second));
    }

    @Override
    public int size() {
        return ends[ends.length - 1];
    }

    private int part(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("sample " + index + " does not exist: there are " + size());
        }
        int p = 0;
        while (index >= ends[p]) {
            p++;
        }
        return p;
    }

    private int within(int part, int index) {
        return part == 0 ? index : index - ends[part - 1];
    }

    @Override
    public S get(int index) throws Exception {
        int p = part(index);
        return parts.get(p).get(within(p, index));
    }

    @Override
    public S get(int index, RandomGenerator random) throws Exception {
        int p = part(index);
        return parts.get(p).get(within(p, index), random);
    }

    /** In one go when all samples are of one part. */
    @Override
    public S batch(int[] indices, Draws draws) throws Exception {
        if (indices.length == 0) {
            return null;
        }
        int p = part(indices[0]);
        int[] inside = new int[indices.length];
        for (int i = 0; i < inside.length; i++) {
            if (part(indices[i]) != p) {
                return null;
            }
            inside[i] = within(p, indices[i]);
        }
        return parts.get(p).batch(inside, draws);
    }

    @Override
    public String describe(int index) {
        int p = part(index);
        return "sample " + index + " of " + parts.size() + " joined data sets (" + parts.get(p).describe(within(p, index)) + ")";
    }

    @Override
    public String name() {
        return String.join(" + ", parts.stream().map(Dataset::name).toList());
    }
}
