package dev.levin.reference;

import dev.levin.type.Shape;

/**
 * A cursor over the rows (last axes) of an iteration space, in row-major order, with one offset per strided operand.
 *
 * <p>Neighbouring axes that every operand steps through evenly are walked as one, so rows are as long as they can be.
 */
final class Rows {
    private final int[] dims;
    private final int[][] strides;
    private final int[] index;
    private final int[] offsets;
    private int axes;
    private boolean valid;

    /**
     * @param dims extents of the space
     * @param bases first offset of each operand
     * @param strides a stride per axis for each operand, in elements; 0 and negative are fine
     */
    Rows(int[] dims, int[] bases, int[]... strides) {
        this.dims = new int[dims.length + 1];
        this.strides = new int[strides.length][dims.length + 1];
        this.index = new int[dims.length + 1];
        this.offsets = bases.clone();
        this.valid = true;
        for (int a = 0; a < dims.length; a++) {
            valid &= dims[a] != 0;
            if (dims[a] != 1) {
                append(dims[a], a, strides);
            }
        }
        if (axes == 0) {
            this.dims[axes++] = 1;
        }
    }

    private void append(int extent, int axis, int[][] source) {
        boolean merges = axes > 0;
        for (int k = 0; merges && k < source.length; k++) {
            merges = strides[k][axes - 1] == source[k][axis] * extent;
        }
        int at = merges ? axes - 1 : axes++;
        dims[at] = merges ? dims[at] * extent : extent;
        for (int k = 0; k < source.length; k++) {
            strides[k][at] = source[k][axis];
        }
    }

    /** False once all rows were visited. */
    boolean valid() {
        return valid;
    }

    int length() {
        return dims[axes - 1];
    }

    /** Offset of the row's first element in operand {@code k}. */
    int offset(int k) {
        return offsets[k];
    }

    /** Distance between the row's elements in operand {@code k}. */
    int step(int k) {
        return strides[k][axes - 1];
    }

    void next() {
        for (int a = axes - 2; a >= 0; a--) {
            boolean carries = ++index[a] == dims[a];
            for (int k = 0; k < strides.length; k++) {
                offsets[k] += carries ? -strides[k][a] * (dims[a] - 1) : strides[k][a];
            }
            if (!carries) {
                return;
            }
            index[a] = 0;
        }
        valid = false;
    }

    /** Row-major strides as ints. */
    static int[] strides(Shape shape) {
        long[] s = shape.strides();
        int[] out = new int[s.length];
        for (int i = 0; i < s.length; i++) {
            out[i] = (int) s[i];
        }
        return out;
    }

    /** Copies a strided block; both operands are arrays of the same primitive type. */
    static void copy(int[] dims, Object from, int fromBase, int[] fromStrides, Object to, int toBase, int[] toStrides) {
        for (Rows r = new Rows(dims, new int[] {fromBase, toBase}, fromStrides, toStrides); r.valid(); r.next()) {
            int n = r.length();
            int s = r.offset(0);
            int ds = r.step(0);
            int d = r.offset(1);
            int dd = r.step(1);
            if (ds == 1 && dd == 1) {
                System.arraycopy(from, s, to, d, n);
                continue;
            }
            switch (from) {
                case float[] a -> {
                    for (float[] b = (float[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                case double[] a -> {
                    for (double[] b = (double[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                case long[] a -> {
                    for (long[] b = (long[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                case int[] a -> {
                    for (int[] b = (int[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                case short[] a -> {
                    for (short[] b = (short[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                case byte[] a -> {
                    for (byte[] b = (byte[]) to; n > 0; n--, s += ds, d += dd) {
                        b[d] = a[s];
                    }
                }
                default -> throw new AssertionError(from.getClass());
            }
        }
    }
}
