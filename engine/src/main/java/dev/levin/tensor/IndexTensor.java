package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Reading and writing by position: slices, index tensors, masks, sorting. */
abstract class IndexTensor extends StatisticsTensor {
    IndexTensor(Node node) {
        super(node);
    }

    private static Node i64(Tensor index) {
        return Nodes.cast(index.node(), DType.I64);
    }

    /**
     * {@code x[items]}: {@code Integer}, {@link Slice}, {@code null} (new axis), {@link Tensor#ELLIPSIS}, {@code int[]},
     * integer or BOOL tensors.
     *
     * @throws IndexOutOfBoundsException naming index, axis and shape
     */
    public Tensor get(Object... items) {
        return new Indexing(self(), items == null ? new Object[] {null} : items).get(self());
    }

    /** A copy of this with {@code value} (broadcast) at {@code x[items]}. */
    public Tensor withSet(Tensor value, Object... items) {
        return new Indexing(self(), items).put(self(), value, false);
    }

    /** A copy of this with {@code value} added at {@code x[items]}; repeated positions add up. */
    public Tensor withAdded(Tensor value, Object... items) {
        return new Indexing(self(), items).put(self(), value, true);
    }

    /** {@code out[i][j] = this[index[i][j]][j]} for axis 0. */
    public Tensor gather(int axis, Tensor index) {
        if (dim() == 0) {
            return wrap(Nodes.reshape(Nodes.gather(Nodes.reshape(node(), Shape.of(1)), Nodes.reshape(i64(index), Shape.of((int) index.numel())), 0), index.shape()));
        }
        return wrap(Nodes.gather(node(), i64(index), axis));
    }

    public Tensor scatter(int axis, Tensor index, Tensor src) {
        return wrap(Nodes.scatter(node(), i64(index), Nodes.cast(src.node(), dtype()), axis, ScatterMode.SET));
    }

    public Tensor scatterAdd(int axis, Tensor index, Tensor src) {
        return wrap(Nodes.scatter(node(), i64(index), Nodes.cast(src.node(), dtype()), axis, ScatterMode.ADD));
    }

    /** The positions of an axis that {@code index} (one axis) lists. */
    public Tensor indexSelect(int axis, Tensor index) {
        if (dim() == 0) {
            return self().reshape(1).indexSelect(axis, index).reshape();
        }
        return wrap(Nodes.take(node(), index.dim() == 0 ? i64(index.reshape(1)) : i64(index), axis));
    }

    public Tensor indexAdd(int axis, Tensor index, Tensor source) {
        return wrap(Nodes.indexAdd(node(), i64(index), source.node(), axis));
    }

    /** Elements of the flattened tensor; negative indices count from the end. */
    public Tensor take(Tensor index) {
        Tensor i = wrap(i64(index));
        return wrap(Nodes.take(flatten().node(), i.lt(0).where(i.add(numel()), i).node(), 0));
    }

    /** I64 order of the elements along an axis; stable, NaN last (first if descending). */
    public Tensor argsort(int axis, boolean descending) {
        return wrap(Nodes.argsort(Nodes.detach(node()), axis, descending));
    }

    public Indexed sort(int axis, boolean descending) {
        Tensor order = argsort(axis, descending);
        return new Indexed(dim() == 0 ? self() : gather(axis, order), order);
    }

    /** The k largest (or smallest) along an axis, sorted. */
    public Indexed topk(int k, int axis, boolean largest) {
        int n = dim() == 0 ? 1 : size(axis);
        if (k < 0 || k > n) {
            throw new IllegalArgumentException("topk of " + k + " needs at least that many elements; axis " + axis + " of "
                    + shape() + " has " + n);
        }
        Tensor order = dim() == 0 ? argsort(0, largest) : argsort(axis, largest).narrow(axis, 0, k);
        return new Indexed(dim() == 0 ? self() : gather(axis, order), order);
    }

    /**
     * Positions of the elements that are not zero: I64 [count, rank]. The count depends on the data, so this computes
     * at once and splits a step.
     */
    public Tensor nonzero() {
        HostArray data = self().toHost();
        Shape s = shape();
        int r = s.rank();
        long[] strides = s.strides();
        java.util.stream.LongStream.Builder hits = java.util.stream.LongStream.builder();
        int count = 0;
        for (int i = 0; i < data.length(); i++) {
            if (data.getDouble(i) != 0) {
                count++;
                long rest = i;
                for (int a = 0; a < r; a++) {
                    hits.add(rest / strides[a]);
                    rest %= strides[a];
                }
            }
        }
        return Tensor.of(hits.build().toArray(), count, r);
    }

    /** The elements where the mask is true, as one axis; computes at once. */
    public Tensor maskedSelect(Tensor mask) {
        Shape s = Shape.broadcast(shape(), mask.shape());
        return self().broadcastTo(s).get(mask.broadcastTo(s));
    }
}
