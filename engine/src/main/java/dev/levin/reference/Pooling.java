package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.Program;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Window maxima and sums over [N, C, S...], and their adjoints. */
final class Pooling {
    private Pooling() {
    }

    private static Window window(Program.Instr in, Shape x, Shape y) {
        PoolAttr a = PoolAttr.of(in.attr());
        return new Window(x, y, a.kernel(), a.stride(), a.before(), a.dilation());
    }

    /** POOL_MAX or POOL_ARGMAX: the first of equal elements, the last NaN; a window in the padding only is an error. */
    static HostArray max(Program.Instr in, HostArray x, Shape s) {
        Window w = window(in, s, in.shape());
        long[] keys = Values.keys(x, false, true);
        boolean floats = x.dtype().isFloat();
        double[] values = floats ? Values.doubles(x) : null;
        int[] best = new int[Math.toIntExact(in.shape().numel())];
        Arrays.fill(best, -1);
        visit(w, best.length, (to, from) -> {
            int b = best[to];
            if (b < 0 || keys[from] > keys[b] || floats && values[from] != values[from]) {
                best[to] = from;
            }
        });
        for (int b : best) {
            if (b < 0) {
                throw new IllegalArgumentException(in.op() + " of " + s + " (" + PoolAttr.of(in.attr())
                        + ") has a window with nothing but padding; use less padding");
            }
        }
        if (in.op() == Op.POOL_MAX) {
            return Views.pick(x, best);
        }
        long[] index = new long[best.length];
        for (int i = 0; i < index.length; i++) {
            index[i] = best[i] % w.inputs();
        }
        return Values.of(DType.I64, index);
    }

    static HostArray maxGrad(Program.Instr in, HostArray x, HostArray gy) {
        Shape y = outputShape(in);
        Program.Instr arg = new Program.Instr(Op.POOL_ARGMAX, in.attr(), DType.I64, y, in.inputs(), in.path(), in.origin());
        long[] index = Values.longs(max(arg, x, in.shape()));
        int inputs = window(in, in.shape(), y).inputs();
        int outputs = window(in, in.shape(), y).outputs();
        int[] positions = new int[index.length];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i / outputs * inputs + (int) index[i];
        }
        return Indexing.combine(in, Op.ADD, HostArray.allocate(in.dtype(), in.shape().numel()), positions, gy);
    }

    private static Shape outputShape(Program.Instr in) {
        PoolAttr a = PoolAttr.of(in.attr());
        Shape y = in.shape();
        for (int i = 0; i < a.spatialRank(); i++) {
            y = y.with(2 + i, a.outputExtent(i, in.shape().dim(2 + i)));
        }
        return y;
    }

    static HostArray sum(Program.Instr in, HostArray x, Shape s) {
        Window w = window(in, s, in.shape());
        int n = Math.toIntExact(in.shape().numel());
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] out = new double[n];
            visit(w, n, (to, from) -> out[to] += a[from]);
            return Values.of(in.dtype(), out);
        }
        long[] a = Values.longs(x);
        long[] out = new long[n];
        visit(w, n, (to, from) -> out[to] += a[from]);
        return Values.of(in.dtype(), out);
    }

    static HostArray sumGrad(Program.Instr in, HostArray gy, Shape y) {
        Window w = window(in, in.shape(), y);
        int n = Math.toIntExact(in.shape().numel());
        if (gy.dtype().isFloat()) {
            double[] g = Values.doubles(gy);
            double[] out = new double[n];
            visit(w, g.length, (to, from) -> out[from] += g[to]);
            return Values.of(in.dtype(), out);
        }
        long[] g = Values.longs(gy);
        long[] out = new long[n];
        visit(w, g.length, (to, from) -> out[from] += g[to]);
        return Values.of(in.dtype(), out);
    }

    private interface Pair {
        void meet(int output, int input);
    }

    /** All (output, input) offsets that meet in a window; for each output in row-major order of its taps. */
    private static void visit(Window w, int outputs, Pair pair) {
        int channels = w.outputs() == 0 ? 0 : outputs / w.outputs();
        for (int c = 0; c < channels; c++) {
            for (int tap = 0; tap < w.taps(); tap++) {
                int lo = w.firstOutput(tap);
                int hi = w.endOutput(tap);
                for (int row = 0; row < w.outputRows(); row++) {
                    int from = w.inputRow(row, tap);
                    for (int i = lo; from >= 0 && i < hi; i++) {
                        pair.meet(c * w.outputs() + row * w.rowLength() + i, c * w.inputs() + from + w.column(i, tap));
                    }
                }
            }
        }
    }
}
