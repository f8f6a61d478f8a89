package dev.levin.nn;

import java.util.Arrays;

/**
 * Padding of a convolution: the same amount on both sides of each spatial axis, or as much as keeps the extents.
 *
 * @param amounts one for all axes or one per axis; null for {@link #SAME}
 */
public record Padding(int[] amounts) {
    /** Keeps the extents of the input; for stride 1. */
    public static final Padding SAME = new Padding(null);
    /** None. */
    public static final Padding VALID = of(0);

    public static Padding of(int... amounts) {
        return new Padding(amounts.clone());
    }

    public boolean isSame() {
        return amounts == null;
    }

    /** Padding before and after every axis for a kernel: {before, after}. */
    int[][] resolve(int[] kernel, int[] stride, int[] dilation) {
        int d = kernel.length;
        if (!isSame()) {
            int[] p = Args.perAxis("padding", amounts, d, 0);
            return new int[][] {p, p};
        }
        int[] before = new int[d];
        int[] after = new int[d];
        for (int i = 0; i < d; i++) {
            if (stride[i] != 1) {
                throw new IllegalArgumentException("padding 'same' needs stride 1, not " + Arrays.toString(stride) + Args.at());
            }
            int total = dilation[i] * (kernel[i] - 1);
            before[i] = total / 2;
            after[i] = total - total / 2;
        }
        return new int[][] {before, after};
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Padding p && Arrays.equals(amounts, p.amounts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(amounts);
    }

    @Override
    public String toString() {
        return isSame() ? "same" : Arrays.toString(amounts);
    }
}
