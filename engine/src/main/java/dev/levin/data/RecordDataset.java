package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.reflect.RecordComponent;

/**
 * Any number of tensors in memory that agree in their first axis, as a record; samples and batches are records of the same type.
 *
 * {@snippet :
 * record Triplet(Tensor anchor, Tensor positive, Tensor negative) {}
 *
 * var data = new RecordDataset<>(new Triplet(anchors, positives, negatives));    // each [N, ...]
 * }
 */
public final class RecordDataset<R extends Record> implements Dataset<R> {
    private final Class<R> type;
    private final RecordComponent[] components;
    private final HostArray[] data;
    private final Shape[] shapes;
    private final int size;

    /** @throws IllegalArgumentException naming the member that is not a tensor, or differs in its first axis */
    @SuppressWarnings("unchecked")
    public RecordDataset(R tensors) {
        type = (Class<R>) tensors.getClass();
        components = Collation.components(type);
        data = new HostArray[components.length];
        shapes = new Shape[components.length];
        int n = -1;
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            if (!(Collation.ofRecords(name, type, java.util.List.of(tensors), type).getFirst() instanceof Tensor t) || t.dim() == 0) {
                throw new IllegalArgumentException("'" + name + "' of " + type.getSimpleName() + " must be a tensor with a first axis of samples");
            }
            if (n >= 0 && t.size(0) != n) {
                throw new IllegalArgumentException("'" + name + "' has " + t.size(0) + " samples, '" + components[0].getName() + "' has " + n);
            }
            n = t.size(0);
            data[i] = t.toHost();
            shapes[i] = t.shape();
        }
        if (n < 0) {
            throw new IllegalArgumentException(type.getSimpleName() + " has no tensors");
        }
        size = n;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public R get(int index) {
        return rows(new int[] {index}, true);
    }

    @Override
    public R batch(int[] indices) {
        return rows(indices, false);
    }

    private R rows(int[] indices, boolean single) {
        Object[] values = new Object[components.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = TensorDataset.rows(data[k], shapes[k], indices, single);
        }
        return type.cast(Collation.create("", type, components, values));
    }

    @Override
    public String name() {
        return size + " " + type.getSimpleName() + " records";
    }
}
