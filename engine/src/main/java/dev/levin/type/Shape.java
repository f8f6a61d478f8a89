package dev.levin.type;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Immutable extents of a tensor. {@code Shape.of()} is a scalar; zero extents are legal and mean "no elements".
 */
public final class Shape {
    private static final Shape SCALAR = new Shape(new int[0]);

    private final int[] dims;
    private final long numel;

    private Shape(int[] dims) {
        this.dims = dims;
        long n = 1;
        for (int d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException("a shape can't have a negative extent: " + Arrays.toString(dims));
            }
            n = Math.multiplyExact(n, (long) d);
        }
        this.numel = n;
    }

    public static Shape of(int... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    public static Shape scalar() {
        return SCALAR;
    }

    public int rank() {
        return dims.length;
    }

    /** Number of elements. */
    public long numel() {
        return numel;
    }

    /** Extent of one axis; negative axes count from the end. */
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    public int[] dims() {
        return dims.clone();
    }

    /**
     * Normalises a possibly negative axis.
     *
     * @throws IndexOutOfBoundsException naming the axis, the rank and the allowed range
     */
    public int axis(int axis) {
        return axis(axis, dims.length);
    }

    /** As {@link #axis(int)} for any rank; a rank of 0 accepts -1 and 0, as PyTorch does. */
    public static int axis(int axis, int rank) {
        int r = Math.max(rank, 1);
        if (axis < -r || axis >= r) {
            throw new IndexOutOfBoundsException("dimension " + axis + " is out of range for a tensor of rank " + rank
                    + "; allowed are " + -r + " to " + (r - 1));
        }
        return axis < 0 ? axis + r : axis;
    }

    /** Row-major strides, in elements. */
    public long[] strides() {
        long[] s = new long[dims.length];
        long n = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            s[i] = n;
            n *= dims[i];
        }
        return s;
    }

    /** This shape with one extent replaced. */
    public Shape with(int axis, int extent) {
        int[] d = dims.clone();
        d[axis(axis)] = extent;
        return new Shape(d);
    }

    /** This shape without the given axis. */
    public Shape drop(int axis) {
        int a = axis(axis);
        int[] d = new int[dims.length - 1];
        for (int i = 0, j = 0; i < dims.length; i++) {
            if (i != a) {
                d[j++] = dims[i];
            }
        }
        return of(d);
    }

    /** This shape with a new axis of the given extent before {@code axis} (0 to rank). */
    public Shape insert(int axis, int extent) {
        int[] d = new int[dims.length + 1];
        for (int i = 0; i < d.length; i++) {
            d[i] = i < axis ? dims[i] : i == axis ? extent : dims[i - 1];
        }
        return new Shape(d);
    }

    /**
     * The shape both operands broadcast to, aligned at the last axis.
     *
     * @throws IllegalArgumentException naming both shapes and the axis that does not fit
     */
    public static Shape broadcast(Shape a, Shape b) {
        if (a.equals(b)) {
            return a;
        }
        int rank = Math.max(a.rank(), b.rank());
        int[] d = new int[rank];
        for (int i = 0; i < rank; i++) {
            int x = i < rank - a.rank() ? 1 : a.dims[i - rank + a.rank()];
            int y = i < rank - b.rank() ? 1 : b.dims[i - rank + b.rank()];
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException("shapes " + a + " and " + b + " do not broadcast: " + x + " against "
                        + y + " at axis " + (i - rank) + " (counted from the end); they must be equal, or one of them 1");
            }
            d[i] = x == 1 ? y : x;
        }
        return of(d);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** {@code [64, 3, 28, 28]}; a scalar prints {@code []}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
