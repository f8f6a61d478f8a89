package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Joins samples of different lengths: named members are filled up to the longest of the batch, in every axis, and their
 * lengths (extent of the first axis, I64 [N]) go to a member of their own.
 *
 * {@snippet :
 * record Sentence(long[] tokens, int label) {}
 * record Sentences(Tensor tokens, Tensor lengths, Tensor label) {}
 *
 * var collate = PaddingCollate.into(Sentences.class).pad("tokens", 0, "lengths");
 * var loader = DataLoader.of(sentences, 32, collate);
 * }
 */
public final class PaddingCollate<S, B extends Record> implements Collate<S, B> {
    private final Class<B> type;
    private final Map<String, Double> pads = new LinkedHashMap<>();
    private final Map<String, String> lengthsOf = new LinkedHashMap<>();
    private int multiple = 1;

    private PaddingCollate(Class<B> type) {
        this.type = type;
    }

    /** @param batchType has a member for each one that is wanted of the samples, under the same name, and for lengths */
    public static <S, B extends Record> PaddingCollate<S, B> into(Class<B> batchType) {
        return new PaddingCollate<>(batchType);
    }

    /** Fills up a member with a value. */
    public PaddingCollate<S, B> pad(String member, double value) {
        check(member);
        pads.put(member, value);
        return this;
    }

    /** Fills up a member with a value, and tells the lengths in another. */
    public PaddingCollate<S, B> pad(String member, double value, String lengths) {
        check(lengths);
        lengthsOf.put(lengths, member);
        return pad(member, value);
    }

    /** Rounds padded lengths up, so that fewer different shapes are compiled. */
    public PaddingCollate<S, B> multipleOf(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("lengths can be rounded up to multiples of 1 or more, not of " + n);
        }
        multiple = n;
        return this;
    }

    private void check(String member) {
        List<String> names = Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
        if (!names.contains(member)) {
            throw new IllegalArgumentException(type.getSimpleName() + " has no member '" + member + "'; it has " + new TreeSet<>(names));
        }
    }

    @Override
    public B collate(List<S> samples) {
        Collation collation = new Collation(new Collation.Padding() {
            @Override
            public Double value(String path) {
                return pads.get(path);
            }

            @Override
            public int multiple() {
                return multiple;
            }
        });
        RecordComponent[] components = Collation.components(type);
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            String name = components[i].getName();
            String measured = lengthsOf.get(name);
            values[i] = measured == null ? collation.join(name, column(name, samples)) : lengths(column(measured, samples));
        }
        return type.cast(Collation.create("", type, components, values));
    }

    private List<Object> column(String name, List<S> samples) {
        return samples.getFirst() instanceof Record r ? Collation.ofRecords(name, r.getClass(), samples, type) : Collation.ofMaps(name, samples, type);
    }

    private static Tensor lengths(List<Object> column) {
        long[] lengths = new long[column.size()];
        for (int i = 0; i < lengths.length; i++) {
            Object o = column.get(i);
            lengths[i] = o instanceof Tensor t ? t.size(0) : Array.getLength(o);
        }
        return Tensor.of(HostArray.wrap(DType.I64, lengths), Shape.of(lengths.length));
    }

    /**
     * Tensors [L_i, ...] as one [N, longest, ...], filled up with a value: PyTorch's {@code pad_sequence} with {@code batch_first}.
     */
    public static Tensor padSequence(List<Tensor> sequences, double value) {
        return (Tensor) new Collation(new Collation.Padding() {
            @Override
            public Double value(String path) {
                return value;
            }

            @Override
            public int multiple() {
                return 1;
            }
        }).join("", new ArrayList<>(sequences));
    }
}
