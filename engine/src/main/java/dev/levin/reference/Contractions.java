package dev.levin.reference;

import dev.levin.graph.ConvAttr;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Matrix products and convolutions, as sums in the order of the contracted index. */
final class Contractions {
    private Contractions() {
    }

    static HostArray matmul(Program.Instr in, HostArray a, Shape s, HostArray b) {
        int rows = s.dim(0) * s.dim(1);
        int m = s.dim(1);
        int k = s.dim(2);
        int n = in.shape().dim(2);
        if (in.dtype().isFloat()) {
            double[] x = Values.doubles(a);
            double[] y = Values.doubles(b);
            double[] out = new double[Math.toIntExact(in.shape().numel())];
            for (int row = 0; out.length > 0 && row < rows; row++) {
                int to = row * n;
                for (int l = 0; l < k; l++) {
                    double v = x[row * k + l];
                    int from = (row / m * k + l) * n;
                    for (int j = 0; j < n; j++) {
                        out[to + j] += v * y[from + j];
                    }
                }
            }
            return Values.of(in.dtype(), out);
        }
        long[] x = Values.longs(a);
        long[] y = Values.longs(b);
        long[] out = new long[Math.toIntExact(in.shape().numel())];
        for (int row = 0; out.length > 0 && row < rows; row++) {
            int to = row * n;
            for (int l = 0; l < k; l++) {
                long v = x[row * k + l];
                int from = (row / m * k + l) * n;
                for (int j = 0; j < n; j++) {
                    out[to + j] += v * y[from + j];
                }
            }
        }
        return Values.of(in.dtype(), out);
    }

    /**
     * CONV, CONV_DGRAD and CONV_WGRAD: the three sums over the same products' indices, which differ in the operand that
     * is written.
     */
    static HostArray convolution(Program.Instr in, HostArray[] v, Shape[] s) {
        Shape x = in.op() == Op.CONV_DGRAD ? in.shape() : s[0];
        Shape w = in.op() == Op.CONV_WGRAD ? in.shape() : s[1];
        Shape y = in.op() == Op.CONV ? in.shape() : in.op() == Op.CONV_DGRAD ? s[0] : s[1];
        double[] out = new double[Math.toIntExact(in.shape().numel())];
        double[] first = Values.doubles(v[0]);
        double[] second = Values.doubles(v[1]);
        ConvAttr attr = ConvAttr.of(in.attr());
        switch (in.op()) {
            case CONV -> new Convolution(attr, x, w, y).run(in.op(), first, second, out);
            case CONV_DGRAD -> new Convolution(attr, x, w, y).run(in.op(), out, second, first);
            default -> new Convolution(attr, x, w, y).run(in.op(), first, out, second);
        }
        return Values.of(in.dtype(), out);
    }

    /** Visits every (output position, tap) pair, a row of outputs at a time; 1-d and 2-d are 3-d with extents of 1. */
    private static final class Convolution {
        private final Window window;
        private final int batch;
        private final int groups;
        private final int inPerGroup;
        private final int outPerGroup;

        Convolution(ConvAttr attr, Shape x, Shape w, Shape y) {
            int d = attr.spatialRank();
            int[] kernel = new int[d];
            for (int i = 0; i < d; i++) {
                kernel[i] = w.dim(2 + i);
            }
            window = new Window(x, y, kernel, attr.stride(), attr.before(), attr.dilation());
            batch = x.dim(0);
            groups = attr.groups();
            inPerGroup = w.dim(1);
            outPerGroup = w.dim(0) / groups;
        }

        void run(Op op, double[] x, double[] w, double[] y) {
            int taps = window.taps();
            for (int n = 0; n < batch; n++) {
                for (int o = 0; o < outPerGroup * groups; o++) {
                    int toBase = (n * outPerGroup * groups + o) * window.outputs();
                    for (int c = 0; c < inPerGroup; c++) {
                        int fromBase = (n * inPerGroup * groups + o / outPerGroup * inPerGroup + c) * window.inputs();
                        for (int tap = 0; tap < taps; tap++) {
                            plane(op, tap, x, fromBase, w, (o * inPerGroup + c) * taps + tap, y, toBase);
                        }
                    }
                }
            }
        }

        private void plane(Op op, int tap, double[] x, int fromBase, double[] w, int weight, double[] y, int toBase) {
            int lo = window.firstOutput(tap);
            int hi = window.endOutput(tap);
            for (int row = 0; row < window.outputRows(); row++) {
                int from = window.inputRow(row, tap);
                if (from < 0) {
                    continue;
                }
                int step = window.rowStep();
                int p = fromBase + from + window.column(lo, tap);
                int to = toBase + row * window.rowLength() + lo;
                switch (op) {
                    case CONV -> {
                        for (int i = lo; i < hi; i++, p += step, to++) {
                            y[to] += w[weight] * x[p];
                        }
                    }
                    case CONV_DGRAD -> {
                        for (int i = lo; i < hi; i++, p += step, to++) {
                            x[p] += w[weight] * y[to];
                        }
                    }
                    default -> {
                        double sum = w[weight];
                        for (int i = lo; i < hi; i++, p += step, to++) {
                            sum += y[to] * x[p];
                        }
                        w[weight] = sum;
                    }
                }
            }
        }
    }
}
