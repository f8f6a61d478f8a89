package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rotations, repetitions, triangles and diagonals. */
abstract class ArrangeTensor extends ViewTensor {
    ArrangeTensor(Node node) {
        super(node);
    }

    // ---- axes ---------------------------------------------------------------------------------------------------------

    /** Axis {@code source} becomes axis {@code destination}; the others keep their order. */
    public Tensor movedim(int source, int destination) {
        return movedim(new int[] {source}, new int[] {destination});
    }

    public Tensor movedim(int[] source, int[] destination) {
        int r = dim();
        if (source.length != destination.length) {
            throw new IllegalArgumentException("movedim needs as many sources as destinations, not " + Arrays.toString(source)
                    + " and " + Arrays.toString(destination));
        }
        int[] order = new int[r];
        Arrays.fill(order, -1);
        boolean[] moved = new boolean[r];
        for (int i = 0; i < source.length && r > 0; i++) {
            int from = shape().axis(source[i]);
            int to = shape().axis(destination[i]);
            if (moved[from] || order[to] >= 0) {
                throw new IllegalArgumentException("movedim names an axis twice: " + Arrays.toString(source) + " to "
                        + Arrays.toString(destination));
            }
            moved[from] = true;
            order[to] = from;
        }
        int next = 0;
        for (int i = 0; i < r; i++) {
            if (order[i] < 0) {
                while (moved[next]) {
                    next++;
                }
                order[i] = next++;
            }
        }
        return permute(order);
    }

    /** One axis replaced by several; one extent may be -1. */
    public Tensor unflatten(int axis, int... sizes) {
        int a = shape().axis(axis);
        int[] before = shape().dims();
        int[] d = new int[before.length - 1 + sizes.length];
        int known = 1;
        int unknown = -1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1) {
                unknown = i;
            } else {
                known *= sizes[i];
            }
        }
        System.arraycopy(before, 0, d, 0, a);
        System.arraycopy(sizes, 0, d, a, sizes.length);
        System.arraycopy(before, a + 1, d, a + sizes.length, before.length - a - 1);
        if (unknown >= 0 && known != 0) {
            d[a + unknown] = size(a) / known;
            known *= d[a + unknown];
        }
        if (known != size(a)) {
            throw new IllegalArgumentException("unflatten: " + Arrays.toString(sizes) + " does not make the " + size(a)
                    + " of axis " + axis + " of " + shape());
        }
        return reshape(Shape.of(d));
    }

    /** In the shape of another tensor, row-major. */
    public Tensor viewAs(Tensor other) {
        return reshape(other.shape());
    }

    /** Upside down: the first axis reversed. */
    public Tensor flipud() {
        return flip(0);
    }

    /** Left to right: the second axis reversed. */
    public Tensor fliplr() {
        return flip(1);
    }

    // ---- repetition ---------------------------------------------------------------------------------------------------

    /** Copies side by side: {@code repeats[i]} along axis i; missing leading axes are added. */
    public Tensor repeat(int... repeats) {
        int r = repeats.length;
        if (r < dim()) {
            throw new IllegalArgumentException("repeat needs a count for each of the " + dim() + " axes of " + shape() + ", not "
                    + Arrays.toString(repeats) + "; tile adds leading ones");
        }
        int[] spread = new int[2 * r];
        int[] wide = new int[2 * r];
        int[] result = new int[r];
        for (int i = 0; i < r; i++) {
            int n = i < r - dim() ? 1 : size(i - (r - dim()));
            spread[2 * i] = 1;
            wide[2 * i] = repeats[i];
            spread[2 * i + 1] = n;
            wide[2 * i + 1] = n;
            result[i] = Math.multiplyExact(n, repeats[i]);
        }
        return reshape(Shape.of(spread)).broadcastTo(Shape.of(wide)).reshape(Shape.of(result));
    }

    /** As {@link #repeat}; missing counts are 1. */
    public Tensor tile(int... dims) {
        int[] d = dims;
        if (d.length < dim()) {
            d = new int[dim()];
            Arrays.fill(d, 1);
            System.arraycopy(dims, 0, d, d.length - dims.length, dims.length);
        }
        return repeat(d);
    }

    /** Every element of the flattened tensor {@code repeats} times in a row. */
    public Tensor repeatInterleave(int repeats) {
        return flatten().repeatInterleave(repeats, 0);
    }

    /** Every position of an axis {@code repeats} times in a row. */
    public Tensor repeatInterleave(int repeats, int axis) {
        int a = shape().axis(axis);
        if (dim() == 0) {
            return self().reshape(1).repeatInterleave(repeats, 0);
        }
        Shape wide = shape().insert(a + 1, repeats);
        return reshape(shape().insert(a + 1, 1)).broadcastTo(wide).reshape(shape().with(a, Math.multiplyExact(size(a), repeats)));
    }

    /** Position i of an axis {@code repeats[i]} times; reads {@code repeats} at once, for it decides the shape. */
    public Tensor repeatInterleave(Tensor repeats, int axis) {
        long[] counts = repeats.toLongs();
        int n = dim() == 0 ? 1 : size(axis);
        if (counts.length != 1 && counts.length != n) {
            throw new IllegalArgumentException("repeatInterleave needs " + n + " counts for axis " + axis + " of " + shape()
                    + ", not " + counts.length);
        }
        List<Long> index = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            long count = counts[counts.length == 1 ? 0 : i];
            for (long k = 0; k < count; k++) {
                index.add((long) i);
            }
        }
        Tensor at = Tensor.of(index.stream().mapToLong(Long::longValue).toArray(), index.size());
        return (dim() == 0 ? self().reshape(1) : self()).indexSelect(axis, at);
    }

    /** As {@link #repeatInterleave(Tensor, int)} of the flattened tensor. */
    public Tensor repeatInterleave(Tensor repeats) {
        return flatten().repeatInterleave(repeats, 0);
    }

    // ---- rotation -----------------------------------------------------------------------------------------------------

    /** Elements of the flattened tensor shifted, those that leave the end coming back at the beginning. */
    public Tensor roll(int shift) {
        return flatten().roll(new int[] {shift}, new int[] {0}).reshape(shape());
    }

    public Tensor roll(int shift, int axis) {
        return roll(new int[] {shift}, new int[] {axis});
    }

    public Tensor roll(int[] shifts, int[] axes) {
        if (axes.length == 0 && shifts.length == 1) {
            return roll(shifts[0]);
        }
        if (shifts.length != axes.length) {
            throw new IllegalArgumentException("roll needs a shift for each axis, not " + Arrays.toString(shifts) + " for "
                    + Arrays.toString(axes));
        }
        Tensor x = self();
        for (int i = 0; i < axes.length && dim() > 0; i++) {
            int n = x.size(axes[i]);
            int k = n == 0 ? 0 : Math.floorMod(shifts[i], n);
            if (k != 0) {
                x = Tensor.cat(List.of(x.narrow(axes[i], n - k, k), x.narrow(axes[i], 0, n - k)), axes[i]);
            }
        }
        return x;
    }

    /** Quarter turns from the first of two axes towards the second. */
    public Tensor rot90(int k, int... axes) {
        int[] d = axes.length == 0 ? new int[] {0, 1} : axes;
        if (d.length != 2 || dim() < 2 || shape().axis(d[0]) == shape().axis(d[1])) {
            throw new IllegalArgumentException("rot90 needs two different axes of " + shape() + ", not " + Arrays.toString(d));
        }
        return switch (Math.floorMod(k, 4)) {
            case 1 -> flip(d[1]).transpose(d[0], d[1]);
            case 2 -> flip(d);
            case 3 -> flip(d[0]).transpose(d[0], d[1]);
            default -> self();
        };
    }

    // ---- triangles and diagonals --------------------------------------------------------------------------------------

    /** The part of the last two axes on and below the diagonal; 0 elsewhere. */
    public Tensor tril() {
        return tril(0);
    }

    /** As {@link #tril()}, counting from the given diagonal (positive: above the main one). */
    public Tensor tril(int diagonal) {
        return masked(false, diagonal);
    }

    /** The part of the last two axes on and above the diagonal; 0 elsewhere. */
    public Tensor triu() {
        return triu(0);
    }

    public Tensor triu(int diagonal) {
        return masked(true, diagonal);
    }

    private Tensor masked(boolean upper, int diagonal) {
        if (dim() < 2) {
            throw new IllegalArgumentException((upper ? "triu" : "tril") + " needs matrices, not " + shape());
        }
        Node offset = offsets(size(-2), size(-1));
        Node limit = Nodes.constant(DType.I64, (long) diagonal);
        Node keep = upper ? Nodes.binary(Op.LE, limit, offset) : Nodes.binary(Op.LE, offset, limit);
        return wrap(Nodes.where(keep, node(), Nodes.constant(dtype(), 0L)));
    }

    /** Column minus row. */
    private static Node offsets(int rows, int columns) {
        return Nodes.sub(Nodes.iota(columns, DType.I64), Nodes.reshape(Nodes.iota(rows, DType.I64), Shape.of(rows, 1)));
    }

    public Tensor diagonal() {
        return diagonal(0, 0, 1);
    }

    /** Elements whose index along {@code axis2} is that along {@code axis1} plus {@code offset}, as a new last axis. */
    public Tensor diagonal(int offset, int axis1, int axis2) {
        int a = shape().axis(axis1);
        int b = shape().axis(axis2);
        if (dim() < 2 || a == b) {
            throw new IllegalArgumentException("diagonal needs two different axes of " + shape() + ", not " + axis1 + " and " + axis2);
        }
        Tensor x = movedim(new int[] {a, b}, new int[] {-2, -1});
        int rows = x.size(-2);
        int columns = x.size(-1);
        int length = Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns));
        Tensor flat = x.flatten(-2, -1);
        int start = length == 0 ? 0 : offset >= 0 ? offset : -offset * columns;
        return wrap(Nodes.slice(flat.node(), -1, start, length, columns + 1));
    }

    /** A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector. */
    public Tensor diag(int diagonal) {
        return switch (dim()) {
            case 1 -> diagEmbed(diagonal, -2, -1);
            case 2 -> diagonal(diagonal, 0, 1);
            default -> throw new IllegalArgumentException("diag needs a vector or a matrix, not " + shape()
                    + "; use diagonal or diagEmbed");
        };
    }

    public Tensor diag() {
        return diag(0);
    }

    /** The flattened tensor as the diagonal of a matrix. */
    public Tensor diagflat(int offset) {
        return flatten().diagEmbed(offset, -2, -1);
    }

    public Tensor diagEmbed() {
        return diagEmbed(0, -2, -1);
    }

    /** The last axis as diagonals of matrices, whose axes of the result are {@code axis1} and {@code axis2}. */
    public Tensor diagEmbed(int offset, int axis1, int axis2) {
        int length = size(-1);
        int n = length + Math.abs(offset);
        int r = dim() + 1;
        int[] before = new int[r];
        int[] after = new int[r];
        before[r - 2] = Math.max(0, -offset);
        after[r - 2] = Math.max(0, offset);
        Node rows = Nodes.pad(unsqueeze(-1).node(), before, after, 0);
        Node hit = Nodes.binary(Op.EQ, offsets(n, n), Nodes.constant(DType.I64, (long) offset));
        Node matrix = Nodes.where(hit, Nodes.broadcast(rows, rows.shape().with(r - 1, n)), Nodes.constant(dtype(), 0L));
        return wrap(matrix).movedim(new int[] {-2, -1}, new int[] {axis1, axis2});
    }

    /** Sum of the diagonal of a matrix. */
    public Tensor trace() {
        if (dim() != 2) {
            throw new IllegalArgumentException("trace needs a matrix, not " + shape());
        }
        return diagonal().sum();
    }

    // ---- pieces -------------------------------------------------------------------------------------------------------

    /** {@code sections} nearly equal pieces, the first ones larger. */
    public List<Tensor> tensorSplit(int sections, int axis) {
        int n = size(axis);
        int[] ends = new int[sections - 1];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = (i + 1) * (n / sections) + Math.min(i + 1, n % sections);
        }
        return tensorSplit(ends, axis);
    }

    /** Pieces that end before each of the given positions, and the rest. */
    public List<Tensor> tensorSplit(int[] indices, int axis) {
        int n = size(axis);
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= indices.length; i++) {
            int end = i == indices.length ? n : indices[i] < 0 ? Math.max(0, indices[i] + n) : Math.min(indices[i], n);
            parts.add(narrow(axis, from, Math.max(0, end - from)));
            from = end;
        }
        return parts;
    }

    /** Differences of neighbours along an axis, n times. */
    public Tensor diff(int n, int axis, Tensor prepend, Tensor append) {
        List<Tensor> parts = new ArrayList<>();
        if (prepend != null) {
            parts.add(prepend);
        }
        parts.add(self());
        if (append != null) {
            parts.add(append);
        }
        Tensor x = Tensor.cat(parts, axis);
        for (int i = 0; i < n && x.size(axis) > 0; i++) {
            int m = x.size(axis);
            Tensor high = x.narrow(axis, 1, m - 1);
            Tensor low = x.narrow(axis, 0, m - 1);
            x = x.dtype().isBool() ? high.logicalXor(low) : high.sub(low);
        }
        return x;
    }

    public Tensor diff() {
        return diff(1, -1, null, null);
    }
}
