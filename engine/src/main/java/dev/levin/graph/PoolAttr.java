package dev.levin.graph;

import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * Geometry of a pooling window over {@code d} spatial axes; every array has length d. A ceil-mode pool is one with
 * more padding after.
 *
 * <p>Attribute words: {d, kernel[d], stride[d], before[d], after[d], dilation[d]}.
 */
public record PoolAttr(int[] kernel, int[] stride, int[] before, int[] after, int[] dilation) {

    public int spatialRank() {
        return kernel.length;
    }

    public long[] words() {
        int d = kernel.length;
        long[] w = new long[1 + 5 * d];
        w[0] = d;
        for (int i = 0; i < d; i++) {
            w[1 + i] = kernel[i];
            w[1 + d + i] = stride[i];
            w[1 + 2 * d + i] = before[i];
            w[1 + 3 * d + i] = after[i];
            w[1 + 4 * d + i] = dilation[i];
        }
        return w;
    }

    public static PoolAttr of(long[] words) {
        int d = (int) words[0];
        return new PoolAttr(ConvAttr.ints(words, 1, d), ConvAttr.ints(words, 1 + d, d),
                ConvAttr.ints(words, 1 + 2 * d, d), ConvAttr.ints(words, 1 + 3 * d, d),
                ConvAttr.ints(words, 1 + 4 * d, d));
    }

    public int outputExtent(int i, int input) {
        return Math.floorDiv(input + before[i] + after[i] - dilation[i] * (kernel[i] - 1) - 1, stride[i]) + 1;
    }

    Shape outputShape(Shape x) {
        int[] out = x.dims();
        for (int i = 0; i < kernel.length; i++) {
            out[2 + i] = outputExtent(i, x.dim(2 + i));
        }
        return Shape.of(out);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PoolAttr a && Arrays.equals(words(), a.words());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words());
    }

    @Override
    public String toString() {
        return "kernel " + Arrays.toString(kernel) + " stride " + Arrays.toString(stride) + " padding "
                + Arrays.toString(before) + Arrays.toString(after) + " dilation " + Arrays.toString(dilation);
    }
}
