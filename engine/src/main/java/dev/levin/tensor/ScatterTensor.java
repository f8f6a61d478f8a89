package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** More ways of writing by position, each giving a new tensor. */
abstract class ScatterTensor extends IndexTensor {
    ScatterTensor(Node node) {
        super(node);
    }

    /** {@code out[index[i][j]][j] = value} for axis 0. */
    public Tensor scatter(int axis, Tensor index, double value) {
        return scatter(axis, index, Tensor.full(index.shape(), value, dtype()));
    }

    /** A number combined with what the indices point at. */
    public Tensor scatterReduce(int axis, Tensor index, double value, Reduce reduce) {
        return scatterReduce(axis, index, Tensor.full(index.shape(), value, dtype()), reduce, true);
    }

    /**
     * Elements of {@code src} combined where they meet.
     *
     * @param includeSelf whether the elements of this take part where something meets them
     */
    public Tensor scatterReduce(int axis, Tensor index, Tensor src, Reduce reduce, boolean includeSelf) {
        if (dim() == 0) {
            return self().reshape(1).scatterReduce(0, index.reshape(-1), src.reshape(-1), reduce, includeSelf).reshape();
        }
        Tensor base = includeSelf ? self() : scatter(axis, index, neutral(reduce));
        return switch (reduce) {
            case SUM -> base.scatterAdd(axis, index, src);
            case PROD -> product(base, axis, index, src);
            case AMAX -> base.scattered(axis, index, src, ScatterMode.MAX);
            case AMIN -> base.scattered(axis, index, src, ScatterMode.MIN);
            case MEAN -> {
                Tensor start = includeSelf ? Tensor.ones(shape(), DType.I64)
                        : Tensor.ones(shape(), DType.I64).scatter(axis, index, 0);
                Tensor count = start.scatterAdd(axis, index, Tensor.ones(index.shape(), DType.I64)).clampMin(1);
                Tensor sum = base.scatterAdd(axis, index, src);
                yield dtype().isFloat() ? sum.div(count.to(dtype())) : sum.floorDivide(count.to(dtype()));
            }
        };
    }

    /** A single zero among factors has the product of the others as its derivative; dividing by it would give NaN. */
    private static Tensor product(Tensor base, int axis, Tensor index, Tensor src) {
        Tensor all = base.scattered(axis, index, src, ScatterMode.MUL);
        if (!src.isGradRequired() && !base.isGradRequired() || !all.dtype().isFloat()) {
            return all;
        }
        Tensor a = base.detach();
        Tensor b = src.detach().to(all.dtype());
        Tensor zeros = a.eq(0.0).to(DType.I64).scatterAdd(axis, index, b.eq(0.0).to(DType.I64));
        Tensor others = a.eq(0.0).where(Tensor.onesLike(a), a).scattered(axis, index, b.eq(0.0).where(Tensor.onesLike(b), b), ScatterMode.MUL);
        Shape region = src.shape();
        return wrap(Nodes.custom(all.detach().node(), (y, in, g) -> {
            Tensor back = Tensor.wrap(g).mul(others);
            Tensor ga = back.mul(share(a, zeros));
            Tensor at = back.gather(axis, index);
            Tensor gb = at.mul(share(b, zeros.gather(axis, index)));
            return new Node[] {ga.node(), gb.reshape(region).node()};
        }, base.node(), Nodes.cast(src.node(), all.dtype())));
    }

    /** 1 / factor; 0 beside another zero; 1 for the only zero. */
    private static Tensor share(Tensor factor, Tensor zeros) {
        Tensor isZero = factor.eq(0.0);
        Tensor inverse = isZero.where(Tensor.onesLike(factor), factor).reciprocal();
        Tensor alone = zeros.sub(isZero.to(DType.I64)).eq(0L);
        return alone.where(inverse, Tensor.zerosLike(factor));
    }

    final Tensor scattered(int axis, Tensor index, Tensor src, ScatterMode mode) {
        return wrap(Nodes.scatter(node(), Nodes.cast(index.node(), DType.I64), Nodes.cast(src.node(), dtype()), axis, mode));
    }

    private double neutral(Reduce reduce) {
        return switch (reduce) {
            case SUM, MEAN -> 0;
            case PROD -> 1;
            case AMAX -> dtype().isFloat() ? Double.NEGATIVE_INFINITY : Long.MIN_VALUE;
            case AMIN -> dtype().isFloat() ? Double.POSITIVE_INFINITY : Long.MAX_VALUE;
        };
    }

    /** Positions {@code index} of an axis plus alpha times {@code source}; repeated positions add up. */
    public Tensor indexAdd(int axis, Tensor index, Tensor source, double alpha) {
        return indexAdd(axis, index, scaled(source, alpha));
    }

    /** Positions {@code index} of an axis replaced by those of {@code source}. */
    public Tensor indexCopy(int axis, Tensor index, Tensor source) {
        return scattered(axis, along(axis, index, source.shape()), source, ScatterMode.SET);
    }

    /** Positions {@code index} of an axis filled with a number. */
    public Tensor indexFill(int axis, Tensor index, double value) {
        return indexFill(axis, index, Tensor.scalar(value, dtype()));
    }

    /** Positions {@code index} of an axis filled with a scalar tensor. */
    public Tensor indexFill(int axis, Tensor index, Tensor value) {
        Shape region = dim() == 0 ? shape() : shape().with(axis, (int) index.numel());
        Tensor at = dim() == 0 ? index : index.lt(0).where(index.add((long) size(axis)), index);
        return indexCopy(axis, at, value.to(dtype()).broadcastTo(region));
    }

    /** Rows of {@code source} combined with the positions {@code index} of an axis. */
    public Tensor indexReduce(int axis, Tensor index, Tensor source, Reduce reduce, boolean includeSelf) {
        return scatterReduce(axis, along(axis, index, source.shape()), source, reduce, includeSelf);
    }

    private static Tensor along(int axis, Tensor index, Shape source) {
        int[] line = new int[source.rank()];
        java.util.Arrays.fill(line, 1);
        if (line.length > 0) {
            line[source.axis(axis)] = (int) index.numel();
        }
        return index.to(DType.I64).reshape(Shape.of(line)).broadcastTo(source);
    }

    /** The next elements of {@code source} where the mask is true, in row-major order. */
    public Tensor maskedScatter(Tensor mask, Tensor source) {
        Shape s = Shape.broadcast(shape(), mask.shape());
        Tensor hit = mask.broadcastTo(s);
        Tensor order = hit.flatten().cumsum(0).sub(1).clampMin(0).reshape(s);
        if (source.numel() == 0) {
            return self().broadcastTo(s);
        }
        Tensor taken = source.to(dtype()).take(order.clampMax(source.numel() - 1));
        return hit.where(taken, self().broadcastTo(s));
    }

    /** A scalar tensor where the mask is true. */
    public Tensor maskedFill(Tensor mask, Tensor value) {
        return mask.where(value.to(dtype()), self());
    }

    /** Elements of the flattened tensor replaced (or added to). */
    public Tensor put(Tensor index, Tensor source, boolean accumulate) {
        Tensor at = index.to(DType.I64).flatten();
        Tensor positive = at.lt(0).where(at.add(numel()), at);
        return flatten().scattered(0, positive, source.flatten(), accumulate ? ScatterMode.ADD : ScatterMode.SET).reshape(shape());
    }

    /** As {@code gather}, with the other axes broadcast. */
    public Tensor takeAlongDim(Tensor index, int axis) {
        int a = shape().axis(axis);
        Shape common = Shape.broadcast(shape().with(a, 1), index.shape().with(a, 1));
        return self().broadcastTo(common.with(a, size(a))).gather(a, index.broadcastTo(common.with(a, index.size(a))));
    }

    /** Elements of the flattened tensor. */
    public Tensor takeAlongDim(Tensor index) {
        return flatten().gather(0, index.flatten());
    }

    /** One position of an axis replaced. */
    public Tensor selectScatter(Tensor src, int axis, int index) {
        return at(src, axis, index);
    }

    /** A slice of an axis replaced. */
    public Tensor sliceScatter(Tensor src, int axis, Slice slice) {
        return at(src, axis, slice);
    }

    private Tensor at(Tensor src, int axis, Object position) {
        Object[] items = new Object[shape().axis(axis) + 1];
        java.util.Arrays.fill(items, Slice.all());
        items[items.length - 1] = position;
        return withSet(src, items);
    }

    /** A diagonal replaced. */
    public Tensor diagonalScatter(Tensor src, int offset, int axis1, int axis2) {
        Tensor old = self().diagonal(offset, axis1, axis2);
        if (!old.shape().equals(src.shape())) {
            throw new IllegalArgumentException("diagonalScatter needs a source of shape " + old.shape() + ", not " + src.shape());
        }
        Tensor x = self().movedim(new int[] {axis1, axis2}, new int[] {-2, -1});
        int rows = x.size(-2);
        int columns = x.size(-1);
        // Embedding puts the values on the diagonal of the smallest square matrix; cut or pad to the real extents.
        Tensor full = src.diagEmbed(offset, -2, -1);
        Tensor hit = Tensor.ones(src.shape(), DType.BOOL).to(dtype()).diagEmbed(offset, -2, -1).ne(0);
        return fit(hit, rows, columns).where(fit(full, rows, columns), x).movedim(new int[] {-2, -1}, new int[] {axis1, axis2});
    }

    private static Tensor fit(Tensor m, int rows, int columns) {
        int r = m.dim();
        int[] before = new int[r];
        int[] after = new int[r];
        after[r - 2] = Math.max(0, rows - m.size(-2));
        after[r - 1] = Math.max(0, columns - m.size(-1));
        return wrap(Nodes.pad(m.node(), before, after, 0)).narrow(-2, 0, rows).narrow(-1, 0, columns);
    }

    /** Positions of the elements that are not zero, one I64 vector per axis; computes at once. */
    public List<Tensor> nonzeroTuple() {
        Tensor rows = self().nonzero();
        List<Tensor> columns = new ArrayList<>();
        for (int i = 0; i < Math.max(dim(), 1) && rows.size(1) > 0; i++) {
            columns.add(rows.select(1, i));
        }
        return columns;
    }

    /** Sorted along the first axis. */
    public Tensor msort() {
        return sort(0, false).values();
    }

    /** I64 order of the elements along the last axis. */
    public Tensor argsort() {
        return argsort(-1, false);
    }

    /** Sorted along the last axis. */
    public Indexed sort() {
        return sort(-1, false);
    }

    /** The k largest along the last axis. */
    public Indexed topk(int k) {
        return topk(k, -1, true);
    }

    /** BOOL: whether an element occurs in {@code testElements}. */
    public Tensor isin(Tensor testElements) {
        if (testElements.numel() == 0) {
            return Tensor.zeros(shape(), DType.BOOL);
        }
        Tensor sorted = testElements.flatten().sort(0, false).values();
        Tensor at = sorted.searchsorted(self(), false).clampMax(sorted.numel() - 1);
        return sorted.take(at).eq(self());
    }

    // ---- results whose shape depends on the data: computed at once ----------------------------------------------------

    /** Counts of each value of a vector of integers that are not negative; at least {@code minlength} of them. */
    public Tensor bincount(Tensor weights, int minlength) {
        return Sets.bincount(self(), weights, minlength);
    }

    public Tensor bincount() {
        return bincount(null, 0);
    }

    /** The different elements, sorted. */
    public Tensor unique() {
        return Sets.unique(self()).values();
    }

    /** The different elements, sorted, with where each went and how often it occurred. */
    public Sets.Unique uniqueWithCounts() {
        return Sets.unique(self());
    }

    /** The different slices along an axis, in lexicographic order. */
    public Sets.Unique unique(int axis) {
        return Sets.unique(self(), axis);
    }

    /** One element for every run of equal elements of the flattened tensor. */
    public Sets.Unique uniqueConsecutive() {
        return Sets.uniqueConsecutive(self());
    }
}
