package dev.levin.graph;

import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * Geometry of a convolution over {@code d} spatial axes; every array has length d.
 *
 * <p>Attribute words: {d, groups, stride[d], before[d], after[d], dilation[d]}.
 */
public record ConvAttr(int[] stride, int[] before, int[] after, int[] dilation, int groups) {

    public int spatialRank() {
        return stride.length;
    }

    public long[] words() {
        int d = stride.length;
        long[] w = new long[2 + 4 * d];
        w[0] = d;
        w[1] = groups;
        for (int i = 0; i < d; i++) {
            w[2 + i] = stride[i];
            w[2 + d + i] = before[i];
            w[2 + 2 * d + i] = after[i];
            w[2 + 3 * d + i] = dilation[i];
        }
        return w;
    }

    public static ConvAttr of(long[] words) {
        int d = (int) words[0];
        return new ConvAttr(ints(words, 2, d), ints(words, 2 + d, d), ints(words, 2 + 2 * d, d),
                ints(words, 2 + 3 * d, d), (int) words[1]);
    }

    /** Output extent of spatial axis {@code i}; not positive when the kernel does not fit. */
    public int outputExtent(int i, int input, int kernel) {
        return Math.floorDiv(input + before[i] + after[i] - dilation[i] * (kernel - 1) - 1, stride[i]) + 1;
    }

    Shape outputShape(Shape x, Shape w) {
        int[] out = new int[x.rank()];
        out[0] = x.dim(0);
        out[1] = w.dim(0);
        for (int i = 0; i < stride.length; i++) {
            out[2 + i] = outputExtent(i, x.dim(2 + i), w.dim(2 + i));
        }
        return Shape.of(out);
    }

    static int[] ints(long[] words, int from, int n) {
        int[] r = new int[n];
        for (int i = 0; i < n; i++) {
            r[i] = (int) words[from + i];
        }
        return r;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ConvAttr a && Arrays.equals(words(), a.words());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words());
    }

    @Override
    public String toString() {
        return "stride " + Arrays.toString(stride) + " padding " + Arrays.toString(before) + Arrays.toString(after)
                + " dilation " + Arrays.toString(dilation) + " groups " + groups;
    }
}
