package dev.levin.device.cuda.libraries;

import dev.levin.graph.ConvAttr;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution over one to three axes between x[n, c, in...], w[o, c / groups, kernel...] and y[n, o, out...], dense and
 * row-major; or, with the channels last, between x[n, in..., c], w[o, kernel..., c / groups] and y[n, out..., o].
 *
 * @param direction which of the three is computed
 * @param channelsLast whether all three have their channels last in memory
 * @param deterministic whether the same call must give the same bits
 */
public record ConvolutionSpec(Direction direction, DType type, int n, int c, int o, int groups, List<Integer> in, List<Integer> out,
        List<Integer> kernel, List<Integer> stride, List<Integer> before, List<Integer> dilation, boolean channelsLast, boolean tf32, boolean deterministic) {
    /** What is computed. */
    public enum Direction { FORWARD, DATA, WEIGHTS }

    public ConvolutionSpec {
        in = List.copyOf(in);
        out = List.copyOf(out);
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        before = List.copyOf(before);
        dilation = List.copyOf(dilation);
    }

    public static ConvolutionSpec of(Direction direction, DType type, ConvAttr attr, Shape x, Shape w, Shape y, boolean channelsLast, boolean tf32,
            boolean deterministic) {
        int d = attr.spatialRank();
        return new ConvolutionSpec(direction, type, x.dim(0), x.dim(1), w.dim(0), attr.groups(), spatial(x, d), spatial(y, d), spatial(w, d),
                list(attr.stride()), list(attr.before()), list(attr.dilation()), channelsLast, tf32, deterministic);
    }

    private static List<Integer> spatial(Shape s, int d) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            all.add(s.dim(2 + i));
        }
        return all;
    }

    private static List<Integer> list(int[] a) {
        List<Integer> all = new ArrayList<>();
        for (int v : a) {
            all.add(v);
        }
        return all;
    }

    /** Whether the same padding on both sides of each axis gives these extents, as libraries want it. */
    public boolean isSymmetric() {
        for (int i = 0; i < in.size(); i++) {
            int same = Math.floorDiv(in.get(i) + 2 * before.get(i) - dilation.get(i) * (kernel.get(i) - 1) - 1, stride.get(i)) + 1;
            if (same != out.get(i)) {
                return false;
            }
        }
        return true;
    }
}
