package dev.levin.data;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** Keeps samples once they were fetched. Two workers may fetch one at the same time; one of the two is kept. */
final class CachedDataset<S> implements Dataset<S> {
    private final Dataset<S> source;
    private final AtomicReferenceArray<S> kept;

    CachedDataset(Dataset<S> source) {
        this.source = source;
        this.kept = new AtomicReferenceArray<>(source.size());
    }

    @Override
    public int size() {
        return kept.length();
    }

    @Override
    public S get(int index) throws Exception {
        S sample = kept.get(index);
        if (sample == null) {
            sample = source.get(index);
            kept.set(index, sample);
        }
        return sample;
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
