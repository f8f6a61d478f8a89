package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Inputs and targets in memory, one sample per position of the first axis. */
public final class TensorDataset implements Dataset<Batch> {
    private final HostArray inputs;
    private final HostArray targets;
    private final Shape inputShape;
    private final Shape targetShape;

    /**
     * @param inputs [N, ...]
     * @param targets [N, ...]
     */
    public TensorDataset(Tensor inputs, Tensor targets) {
        if (inputs.dim() == 0 || targets.dim() == 0 || inputs.size(0) != targets.size(0)) {
            throw new IllegalArgumentException("inputs " + inputs.shape() + " and targets " + targets.shape()
                    + " must agree in their first axis, the number of samples");
        }
        this.inputs = inputs.toHost();
        this.targets = targets.toHost();
        this.inputShape = inputs.shape();
        this.targetShape = targets.shape();
    }

    @Override
    public int size() {
        return inputShape.dim(0);
    }

    @Override
    public Batch get(int index) {
        int[] one = {index};
        return new Batch(rows(inputs, inputShape, one, true), rows(targets, targetShape, one, true));
    }

    @Override
    public Batch batch(int[] indices) {
        return new Batch(rows(inputs, inputShape, indices, false), rows(targets, targetShape, indices, false));
    }

    public Tensor inputs() {
        return Tensor.of(inputs, inputShape);
    }

    public Tensor targets() {
        return Tensor.of(targets, targetShape);
    }

    static Tensor rows(HostArray data, Shape shape, int[] indices, boolean single) {
        int row = shape.dim(0) == 0 ? 0 : data.length() / shape.dim(0);
        HostArray out = HostArray.allocate(data.dtype(), (long) row * indices.length);
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(data.array(), indices[i] * row, out.array(), i * row, row);
        }
        return Tensor.of(out, single ? shape.drop(0) : shape.with(0, indices.length));
    }

    /** Labels as I64 [N]. */
    public static Tensor labels(int[] labels) {
        long[] l = new long[labels.length];
        for (int i = 0; i < l.length; i++) {
            l[i] = labels[i];
        }
        return Tensor.of(HostArray.wrap(DType.I64, l), Shape.of(l.length));
    }
}
