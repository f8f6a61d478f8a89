package dev.levin.data;

import java.util.List;

/** Makes one batch of several samples. */
@FunctionalInterface
public interface Collate<S, B> {
    B collate(List<S> samples) throws Exception;

    /**
     * Samples and batches of one type: tensors are stacked along a new first axis; records, maps and lists are collated member by
     * member. Numbers and booleans inside maps and lists become tensors [N] (integers I64, floats F32, doubles F64, booleans BOOL),
     * arrays of primitives tensors [N, length], text lists of text. A record whose members change their type this way needs {@link #into}.
     */
    static <S> Collate<S, S> stacking() {
        return samples -> {
            @SuppressWarnings("unchecked")
            S batch = (S) new Collation(null).join("", samples);
            return batch;
        };
    }

    /**
     * Batches as records of another type with the same member names: a sample {@code (float[] x, int label, String file)} becomes a
     * batch {@code (Tensor x, Tensor label, List<String> file)}. Samples are records, or maps with these keys.
     */
    static <S, B extends Record> Collate<S, B> into(Class<B> batchType) {
        return samples -> new Collation(null).joinInto(batchType, samples);
    }

    /** The samples themselves. */
    static <S> Collate<S, List<S>> list() {
        return List::copyOf;
    }
}
