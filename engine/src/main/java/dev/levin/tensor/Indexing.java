package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code x[...]} for reading and writing: integers, slices, {@code null} (new axis), {@link Tensor#ELLIPSIS}, index
 * tensors and masks, mixed as in NumPy.
 *
 * <p>Both directions go through one plan: a basic slice first, then (if there are index tensors) one flat index over
 * the indexed axes.
 */
final class Indexing {
    private final Shape source;
    private final int[] start;
    private final int[] size;
    private final int[] step;
    /** Axes of the sliced tensor after integers are dropped and new axes added. */
    private final List<Integer> viewDims = new ArrayList<>();
    /** Index tensors and the view axis each applies to. */
    private final List<Tensor> indices = new ArrayList<>();
    private final List<Integer> indexAxes = new ArrayList<>();

    Indexing(Tensor x, Object[] items) {
        source = x.shape();
        start = new int[source.rank()];
        size = source.dims();
        step = new int[source.rank()];
        Arrays.fill(step, 1);
        List<Object> list = expand(items);
        int axis = 0;
        for (Object item : list) {
            axis = add(item, axis);
        }
    }

    private List<Object> expand(Object[] items) {
        List<Object> list = new ArrayList<>();
        int used = 0;
        int ellipsis = -1;
        for (Object item : items) {
            if (item instanceof Tensor t && t.dtype() == DType.BOOL) {
                int rank = t.dim();
                for (int i = 0; i < rank; i++) {
                    if (used + i >= source.rank() || ellipsis < 0 && t.size(i) != source.dim(used + i)) {
                        throw new IndexOutOfBoundsException("mask " + t.shape() + " does not fit " + source);
                    }
                }
                Tensor where = t.nonzero();
                for (int i = 0; i < rank; i++) {
                    list.add(where.select(1, i));
                }
                used += rank;
                continue;
            }
            if (item == Tensor.ELLIPSIS) {
                if (ellipsis >= 0) {
                    throw new IndexOutOfBoundsException("an index can hold only one ELLIPSIS");
                }
                ellipsis = list.size();
            } else if (item != null) {
                used++;
            }
            list.add(item);
        }
        if (used > source.rank()) {
            throw new IndexOutOfBoundsException("too many indices for " + source + ": " + used);
        }
        List<Object> fill = java.util.Collections.nCopies(source.rank() - used, Slice.all());
        if (ellipsis >= 0) {
            list.remove(ellipsis);
            list.addAll(ellipsis, fill);
        } else {
            list.addAll(fill);
        }
        return list;
    }

    private int add(Object item, int axis) {
        switch (item) {
            case null -> {
                viewDims.add(1);
                return axis;
            }
            case Integer i -> integer(i, axis);
            case Long i -> integer(Math.toIntExact(i), axis);
            case Slice s -> {
                int[] r = s.resolve(source.dim(axis));
                start[axis] = r[0];
                size[axis] = r[1];
                step[axis] = s.step();
                viewDims.add(r[1]);
            }
            case int[] list -> index(Tensor.of(Arrays.stream(list).asLongStream().toArray()), axis);
            case Tensor t -> index(t, axis);
            default -> throw new IllegalArgumentException("can't index with a " + item.getClass().getSimpleName()
                    + "; use integers, Slice, null, Tensor.ELLIPSIS, int[] or index tensors");
        }
        return axis + 1;
    }

    private void integer(int i, int axis) {
        int n = source.dim(axis);
        if (i < -n || i >= n) {
            throw new IndexOutOfBoundsException("index " + i + " is out of range for axis " + axis + " of " + source);
        }
        start[axis] = i < 0 ? i + n : i;
        size[axis] = 1;
    }

    private void index(Tensor t, int axis) {
        if (!t.dtype().isInt()) {
            throw new IllegalArgumentException("index tensors must be integers or masks, not " + t.dtype());
        }
        int n = source.dim(axis);
        Tensor i = t.to(DType.I64);
        indices.add(i.lt(0).where(i.add((long) n), i));
        indexAxes.add(viewDims.size());
        viewDims.add(n);
    }

    private Shape viewShape() {
        return Shape.of(viewDims.stream().mapToInt(Integer::intValue).toArray());
    }

    Tensor get(Tensor x) {
        Node view = Nodes.reshape(Nodes.slice(x.node(), start, size, step), viewShape());
        if (indices.isEmpty()) {
            return Tensor.wrap(view);
        }
        Plan p = plan();
        Node moved = Nodes.reshape(Nodes.permute(view, p.order), p.merged);
        Node taken = Nodes.take(moved, p.flatIndex, 0);
        // taken: index shape, then the other axes; the index shape goes where the first index stood if they are adjacent.
        return Tensor.wrap(p.adjacent ? Nodes.permute(taken, p.back()) : taken);
    }

    /** {@code x} with {@code value} written (or added) at the indexed positions. */
    Tensor put(Tensor x, Tensor value, boolean accumulate) {
        Shape region = resultShape();
        Node v = Nodes.broadcast(Nodes.cast(value.node(), x.dtype()), region);
        Shape view = viewShape();
        Node inner;
        if (indices.isEmpty()) {
            inner = accumulate ? Nodes.add(Nodes.reshape(Nodes.slice(x.node(), start, size, step), view), v) : v;
        } else {
            Plan p = plan();
            Node current = Nodes.reshape(Nodes.permute(Nodes.reshape(Nodes.slice(x.node(), start, size, step), view), p.order), p.merged);
            Node src = p.adjacent ? Nodes.permute(v, p.forth()) : v;
            int rows = (int) p.flatIndex.shape().numel();
            int columns = p.merged.dim(0) == 0 ? 0 : (int) (p.merged.numel() / p.merged.dim(0));
            Node flat = Nodes.reshape(current, Shape.of(p.merged.dim(0), columns));
            Node index = Nodes.expand(Nodes.reshape(p.flatIndex, Shape.of(rows, 1)), Shape.of(rows, columns));
            Node put = Nodes.scatter(flat, index, Nodes.reshape(src, Shape.of(rows, columns)), 0,
                    accumulate ? ScatterMode.ADD : ScatterMode.SET);
            int[] inverse = new int[p.order.length];
            int[] permuted = new int[p.order.length];
            for (int i = 0; i < p.order.length; i++) {
                inverse[p.order[i]] = i;
                permuted[i] = view.dim(p.order[i]);
            }
            inner = Nodes.permute(Nodes.reshape(put, Shape.of(permuted)), inverse);
        }
        return Tensor.wrap(paste(x.node(), Nodes.reshape(inner, Shape.of(size))));
    }

    /** The whole tensor with the sliced region replaced. */
    private Node paste(Node x, Node region) {
        Node result = region;
        Node inside = null;
        for (int a = 0; a < source.rank(); a++) {
            int n = source.dim(a);
            if (size[a] == n && step[a] == 1) {
                continue;
            }
            Node i = Nodes.iota(n, DType.I64);
            Node offset = Nodes.binary(Op.DIV, Nodes.sub(i, Nodes.constant(DType.I64, (long) start[a])), Nodes.constant(DType.I64, (long) step[a]));
            Node position = Nodes.add(Nodes.mul(offset, Nodes.constant(DType.I64, (long) step[a])), Nodes.constant(DType.I64, (long) start[a]));
            Node hit = Nodes.binary(Op.AND, Nodes.binary(Op.EQ, position, i),
                    Nodes.binary(Op.AND, Nodes.binary(Op.LE, Nodes.constant(DType.I64, 0L), offset),
                            Nodes.binary(Op.LT, offset, Nodes.constant(DType.I64, (long) size[a]))));
            if (size[a] == 0) {
                return x;
            }
            Node safe = Nodes.where(hit, offset, Nodes.constant(DType.I64, 0L));
            result = Nodes.take(result, safe, a);
            int[] shape = new int[source.rank()];
            Arrays.fill(shape, 1);
            shape[a] = n;
            Node mask = Nodes.reshape(hit, Shape.of(shape));
            inside = inside == null ? mask : Nodes.binary(Op.AND, inside, mask);
        }
        return inside == null ? result : Nodes.where(inside, result, x);
    }

    private Shape resultShape() {
        if (indices.isEmpty()) {
            return viewShape();
        }
        Plan p = plan();
        List<Integer> dims = new ArrayList<>();
        for (int i = 0; i < viewDims.size(); i++) {
            if (!indexAxes.contains(i)) {
                dims.add(viewDims.get(i));
            }
        }
        List<Integer> index = Arrays.stream(p.flatIndex.shape().dims()).boxed().toList();
        dims.addAll(p.adjacent ? indexAxes.getFirst() : 0, index);
        return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * @param order view axes with the indexed ones first
     * @param merged shape with the indexed axes as one leading axis
     * @param adjacent whether the indexed axes stand together
     */
    private record Plan(int[] order, Shape merged, Node flatIndex, boolean adjacent, int first) {
        /** Axes that move the index shape from the front to where the first index stood. */
        int[] back() {
            int k = flatIndex.shape().rank();
            int rest = merged.rank() - 1;
            int[] axes = new int[k + rest];
            for (int i = 0; i < axes.length; i++) {
                axes[i] = i < first ? k + i : i < first + k ? i - first : i;
            }
            return axes;
        }

        int[] forth() {
            int[] b = back();
            int[] inverse = new int[b.length];
            for (int i = 0; i < b.length; i++) {
                inverse[b[i]] = i;
            }
            return inverse;
        }
    }

    private Plan plan() {
        int n = viewDims.size();
        int[] order = new int[n];
        int k = 0;
        int merged = 1;
        for (int a : indexAxes) {
            order[k++] = a;
            merged *= viewDims.get(a);
        }
        List<Integer> rest = new ArrayList<>();
        rest.add(merged);
        for (int i = 0; i < n; i++) {
            if (!indexAxes.contains(i)) {
                order[k++] = i;
                rest.add(viewDims.get(i));
            }
        }
        Shape common = indices.getFirst().shape();
        for (Tensor t : indices) {
            common = Shape.broadcast(common, t.shape());
        }
        Node flat = null;
        for (int i = 0; i < indices.size(); i++) {
            Node index = Nodes.broadcast(indices.get(i).node(), common);
            flat = flat == null ? index
                    : Nodes.add(Nodes.mul(flat, Nodes.constant(DType.I64, (long) viewDims.get(indexAxes.get(i)))), index);
        }
        boolean adjacent = indexAxes.getLast() - indexAxes.getFirst() == indexAxes.size() - 1;
        return new Plan(order, Shape.of(rest.stream().mapToInt(Integer::intValue).toArray()), flat, adjacent, indexAxes.getFirst());
    }
}
