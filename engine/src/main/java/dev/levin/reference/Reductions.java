package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Reductions, scans and sorting. A scan or sort sees its input as [outer, axis, inner]. */
final class Reductions {
    private Reductions() {
    }

    /** Folds the axes of the instruction's attributes into one value each, from left to right. */
    static HostArray reduce(Program.Instr in, Op combine, double floatStart, long intStart, HostArray x, Shape s) {
        int[] outStrides = Rows.strides(in.shape());
        for (long axis : in.attr()) {
            outStrides[(int) axis] = 0;
        }
        Rows r = new Rows(s.dims(), new int[2], Rows.strides(s), outStrides);
        int n = Math.toIntExact(in.shape().numel());
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] acc = new double[n];
            Arrays.fill(acc, floatStart);
            for (; r.valid(); r.next()) {
                int p = r.offset(0);
                int o = r.offset(1);
                for (int j = 0; j < r.length(); j++, p += r.step(0), o += r.step(1)) {
                    acc[o] = Scalars.binary(combine, acc[o], a[p]);
                }
            }
            return Values.of(in.dtype(), acc);
        }
        long[] a = Values.longs(x);
        long[] acc = new long[n];
        Arrays.fill(acc, intStart);
        for (; r.valid(); r.next()) {
            int p = r.offset(0);
            int o = r.offset(1);
            for (int j = 0; j < r.length(); j++, p += r.step(0), o += r.step(1)) {
                acc[o] = Scalars.binary(combine, acc[o], a[p], in.dtype());
            }
        }
        return Values.of(in.dtype(), acc);
    }

    /** Index of the first extreme element along an axis; the first NaN if there is one. */
    static HostArray argExtreme(Program.Instr in, boolean smallest, HostArray x, Shape s) {
        long[] keys = Values.keys(x, smallest, true);
        int n = s.dim(in.attr(0));
        int inner = inner(s, in.attr(0));
        long[] out = new long[Math.toIntExact(in.shape().numel())];
        for (int o = 0; o < out.length; o++) {
            int base = lane(o, n, inner);
            int best = 0;
            for (int j = 1; j < n; j++) {
                best = keys[base + j * inner] > keys[base + best * inner] ? j : best;
            }
            out[o] = best;
        }
        return Values.of(DType.I64, out);
    }

    /** Running {@code combine} along an axis. */
    static HostArray scan(Program.Instr in, Op combine, HostArray x) {
        Lanes lanes = new Lanes(in);
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] out = new double[a.length];
            for (int k = 0; k < lanes.count; k++) {
                int p = lanes.start(k);
                double acc = a[p];
                out[p] = acc;
                for (int j = 1; j < lanes.length; j++) {
                    p += lanes.step;
                    acc = Scalars.binary(combine, acc, a[p]);
                    out[p] = acc;
                }
            }
            return Values.of(in.dtype(), out);
        }
        long[] a = Values.longs(x);
        long[] out = new long[a.length];
        for (int k = 0; k < lanes.count; k++) {
            int p = lanes.start(k);
            long acc = a[p];
            out[p] = acc;
            for (int j = 1; j < lanes.length; j++) {
                p += lanes.step;
                acc = Scalars.binary(combine, acc, a[p], in.dtype());
                out[p] = acc;
            }
        }
        return Values.of(in.dtype(), out);
    }

    static HostArray logSumExp(Program.Instr in, HostArray x) {
        Lanes lanes = new Lanes(in);
        double[] a = Values.doubles(x);
        double[] out = new double[a.length];
        for (int k = 0; k < lanes.count; k++) {
            int p = lanes.start(k);
            double acc = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < lanes.length; j++, p += lanes.step) {
                double high = Math.max(acc, a[p]);
                // Where both are the same infinity their difference is NaN, but the sum is that infinity.
                acc = Double.isInfinite(high) ? high : high + Math.log1p(Math.exp(Math.min(acc, a[p]) - high));
                out[p] = acc;
            }
        }
        return Values.of(in.dtype(), out);
    }

    /** Index of the running extreme along an axis; the last of equal elements, the last NaN. */
    static HostArray argScan(Program.Instr in, boolean smallest, HostArray x) {
        Lanes lanes = new Lanes(in);
        long[] keys = Values.keys(x, smallest, true);
        long[] out = new long[keys.length];
        for (int k = 0; k < lanes.count; k++) {
            int p = lanes.start(k);
            int best = p;
            for (int j = 0; j < lanes.length; j++, p += lanes.step) {
                best = keys[p] >= keys[best] ? p : best;
                out[p] = lanes.position(best);
            }
        }
        return Values.of(DType.I64, out);
    }

    /** A stable merge sort of each lane's indices. */
    static HostArray argSort(Program.Instr in, HostArray x) {
        Shape s = in.shape();
        int n = s.dim(in.attr(0));
        int inner = inner(s, in.attr(0));
        long[] keys = Values.keys(x, in.attr(1) == 1, false);
        long[] out = new long[keys.length];
        long[] lane = new long[n];
        int[] order = new int[n];
        int[] spare = new int[n];
        for (int k = 0; n > 0 && k < keys.length / n; k++) {
            int base = lane(k, n, inner);
            for (int j = 0; j < n; j++) {
                lane[j] = keys[base + j * inner];
                order[j] = j;
            }
            int[] sorted = mergeSort(lane, order, spare);
            for (int j = 0; j < n; j++) {
                out[base + j * inner] = sorted[j];
            }
        }
        return Values.of(DType.I64, out);
    }

    private static int[] mergeSort(long[] keys, int[] order, int[] spare) {
        for (int width = 1; width < order.length; width *= 2) {
            for (int from = 0; from < order.length; from += 2 * width) {
                int middle = Math.min(from + width, order.length);
                int end = Math.min(from + 2 * width, order.length);
                int left = from;
                int right = middle;
                for (int i = from; i < end; i++) {
                    boolean takeLeft = left < middle && (right == end || keys[order[left]] <= keys[order[right]]);
                    spare[i] = order[takeLeft ? left++ : right++];
                }
            }
            int[] swap = order;
            order = spare;
            spare = swap;
        }
        return order;
    }

    /** Number of elements after an axis. */
    static int inner(Shape s, int axis) {
        int n = 1;
        for (int i = axis + 1; i < s.rank(); i++) {
            n *= s.dim(i);
        }
        return n;
    }

    /** Offset of the first element of lane {@code k}, where lanes are counted over [outer, inner]. */
    private static int lane(int k, int n, int inner) {
        return k / inner * n * inner + k % inner;
    }

    /** The lanes of a scan in the direction of the scan. */
    private static final class Lanes {
        final int length;
        final int count;
        final int step;
        private final int inner;
        private final boolean reverse;

        Lanes(Program.Instr in) {
            length = in.shape().dim(in.attr(0));
            inner = inner(in.shape(), in.attr(0));
            reverse = in.attr(1) == 1;
            step = reverse ? -inner : inner;
            count = length == 0 ? 0 : Math.toIntExact(in.shape().numel() / length);
        }

        int start(int k) {
            return lane(k, length, inner) + (reverse ? (length - 1) * inner : 0);
        }

        /** Index along the axis of an offset. */
        int position(int offset) {
            return offset / inner % length;
        }
    }
}
