package dev.levin.kernel.jvm;

import dev.levin.kernel.ReduceOp;
import java.util.Arrays;

/**
 * Running results of one reduction: floats in F64, ints in I64, and a position for ARGMAX and ARGMIN.
 *
 * <p>Order of float sums: 32 lanes across a row of a tile, folded in halves, then the last lanes one by one, and rows of
 * a tile or tiles of a row added in F64. Down columns: up to 128 rows in F32, those in F64.
 */
final class Folds {
    static final int LANES = 32;

    final ReduceOp op;
    final double[] d;
    final long[] l;
    final long[] at;
    private final float[] lanes = new float[LANES];
    private final double[] lanes64 = new double[LANES];
    private final float[] column;

    private final boolean floats;

    private final boolean vectors;

    /**
     * @param kind of the folded values
     * @param vectors use the Vector API where it gives the same bits
     */
    Folds(ReduceOp op, Kind kind, int capacity, boolean vectors) {
        this.op = op;
        this.vectors = vectors;
        floats = kind.isFloat();
        d = new double[capacity];
        l = new long[capacity];
        at = op.isArg() ? new long[capacity] : null;
        column = new float[capacity];
    }

    void reset(int n) {
        double start = switch (op) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, ARGMAX -> Double.NEGATIVE_INFINITY;
            case MIN, ARGMIN -> Double.POSITIVE_INFINITY;
        };
        long startLong = switch (op) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, ARGMAX -> Long.MIN_VALUE;
            case MIN, ARGMIN -> Long.MAX_VALUE;
        };
        for (int k = 0; k < n; k++) {
            d[k] = start;
            l[k] = startLong;
            if (at != null) {
                at[k] = Long.MAX_VALUE;
            }
        }
    }

    /** Folds the result of a later piece (its float value, int value and position) into element {@code k}. */
    void combine(int k, double od, long ol, long oat) {
        switch (op) {
            case SUM -> {
                d[k] += od;
                l[k] += ol;
            }
            case PROD -> {
                d[k] *= od;
                l[k] *= ol;
            }
            case MAX -> {
                d[k] = Math.max(d[k], od);
                l[k] = Math.max(l[k], ol);
            }
            case MIN -> {
                d[k] = Math.min(d[k], od);
                l[k] = Math.min(l[k], ol);
            }
            case ARGMAX, ARGMIN -> {
                if (oat != Long.MAX_VALUE) {
                    if (floats) {
                        offer(k, od, oat);
                    } else {
                        offer(k, ol, oat);
                    }
                }
            }
        }
    }

    private void offer(int k, double v, long position) {
        double best = d[k];
        boolean better = op == ReduceOp.ARGMAX ? v > best : v < best;
        boolean same = v == best || v != v && best != best;
        if (at[k] == Long.MAX_VALUE || best == best && (better || v != v) || same && position < at[k]) {
            d[k] = v;
            at[k] = position;
        }
    }

    private void offer(int k, long v, long position) {
        boolean better = op == ReduceOp.ARGMAX ? v > l[k] : v < l[k];
        if (at[k] == Long.MAX_VALUE || better || v == l[k] && position < at[k]) {
            l[k] = v;
            at[k] = position;
        }
    }

    /** Folds each row of {@code x[m, n]} into element {@code row}. {@code first + j * step} is the position of lane j. */
    void rows(float[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            switch (op) {
                case SUM -> d[i] += sum(x, o, n);
                case PROD -> {
                    double p = 1;
                    for (int j = o; j < o + n; j++) {
                        p *= x[j];
                    }
                    d[i] *= p;
                }
                case MAX -> d[i] = Math.max(d[i], vectors ? VectorFolds.max(x, o, n) : max(x, o, n));
                case MIN -> d[i] = Math.min(d[i], vectors ? VectorFolds.min(x, o, n) : min(x, o, n));
                case ARGMAX, ARGMIN -> {
                    for (int j = 0; j < n; j++) {
                        offer(i, (double) x[o + j], first + j * step);
                    }
                }
            }
        }
    }

    private static float max(float[] x, int from, int n) {
        float v = Float.NEGATIVE_INFINITY;
        for (int j = from; j < from + n; j++) {
            v = Math.max(v, x[j]);
        }
        return v;
    }

    private static float min(float[] x, int from, int n) {
        float v = Float.POSITIVE_INFINITY;
        for (int j = from; j < from + n; j++) {
            v = Math.min(v, x[j]);
        }
        return v;
    }

    private double sum(float[] x, int from, int n) {
        int main = n - n % LANES;
        float total = main == 0 ? 0 : vectors ? VectorFolds.sum(x, from, main, lanes) : sumLanes(x, from, main, lanes);
        float tail = 0;
        for (int k = main; k < n; k++) {
            tail += x[from + k];
        }
        return (double) total + tail;
    }

    private static float sumLanes(float[] x, int from, int main, float[] lanes) {
        System.arraycopy(x, from, lanes, 0, LANES);
        for (int k = LANES; k < main; k += LANES) {
            for (int j = 0; j < LANES; j++) {
                lanes[j] += x[from + k + j];
            }
        }
        return halves(lanes, LANES / 2);
    }

    /** Adds the upper half of {@code 2 * width} lanes to the lower until one is left. */
    static float halves(float[] lanes, int width) {
        for (int w = width; w > 0; w /= 2) {
            for (int j = 0; j < w; j++) {
                lanes[j] += lanes[j + w];
            }
        }
        return lanes[0];
    }

    void rows(double[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            switch (op) {
                case SUM -> d[i] += sum(x, o, n);
                case PROD -> {
                    for (int j = o; j < o + n; j++) {
                        d[i] *= x[j];
                    }
                }
                case MAX -> {
                    for (int j = o; j < o + n; j++) {
                        d[i] = Math.max(d[i], x[j]);
                    }
                }
                case MIN -> {
                    for (int j = o; j < o + n; j++) {
                        d[i] = Math.min(d[i], x[j]);
                    }
                }
                case ARGMAX, ARGMIN -> {
                    for (int j = 0; j < n; j++) {
                        offer(i, x[o + j], first + j * step);
                    }
                }
            }
        }
    }

    private double sum(double[] x, int from, int n) {
        int main = n - n % LANES;
        double[] acc = lanes64;
        Arrays.fill(acc, 0);
        for (int k = 0; k < main; k += LANES) {
            for (int j = 0; j < LANES; j++) {
                acc[j] += x[from + k + j];
            }
        }
        for (int w = LANES / 2; w > 0; w /= 2) {
            for (int j = 0; j < w; j++) {
                acc[j] += acc[j + w];
            }
        }
        double tail = 0;
        for (int k = main; k < n; k++) {
            tail += x[from + k];
        }
        return acc[0] + tail;
    }

    void rows(int[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            for (int j = 0; j < n; j++) {
                fold(i, x[o + j], first + j * step);
            }
        }
    }

    void rows(long[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            for (int j = 0; j < n; j++) {
                fold(i, x[o + j], first + j * step);
            }
        }
    }

    private void fold(int k, long v, long position) {
        switch (op) {
            case SUM -> l[k] += v;
            case PROD -> l[k] *= v;
            case MAX -> l[k] = Math.max(l[k], v);
            case MIN -> l[k] = Math.min(l[k], v);
            case ARGMAX, ARGMIN -> offer(k, v, position);
        }
    }

    /** Folds each column of {@code x[m, n]} into element {@code lane}. {@code first + i * step} is the position of row i. */
    void columns(float[] x, int m, int n, long first, long step) {
        switch (op) {
            case SUM -> {
                column(x, m, n);
                for (int j = 0; j < n; j++) {
                    d[j] += column[j];
                }
            }
            case MAX -> {
                column(x, m, n);
                for (int j = 0; j < n; j++) {
                    d[j] = Math.max(d[j], column[j]);
                }
            }
            case MIN -> {
                column(x, m, n);
                for (int j = 0; j < n; j++) {
                    d[j] = Math.min(d[j], column[j]);
                }
            }
            case PROD -> {
                for (int i = 0, o = 0; i < m; i++, o += n) {
                    for (int j = 0; j < n; j++) {
                        d[j] *= x[o + j];
                    }
                }
            }
            case ARGMAX, ARGMIN -> {
                for (int i = 0, o = 0; i < m; i++, o += n) {
                    for (int j = 0; j < n; j++) {
                        offer(j, (double) x[o + j], first + i * step);
                    }
                }
            }
        }
    }

    /** Folds the rows of a tile into {@link #column}, one after the other. */
    private void column(float[] x, int m, int n) {
        System.arraycopy(x, 0, column, 0, n);
        for (int i = 1, o = n; i < m; i++, o += n) {
            switch (op) {
                case SUM -> {
                    if (vectors) {
                        VectorFolds.add(column, x, o, n);
                    } else {
                        add(column, x, o, n);
                    }
                }
                case MAX -> {
                    if (vectors) {
                        VectorFolds.max(column, x, o, n);
                    } else {
                        max(column, x, o, n);
                    }
                }
                default -> {
                    if (vectors) {
                        VectorFolds.min(column, x, o, n);
                    } else {
                        min(column, x, o, n);
                    }
                }
            }
        }
    }

    private static void add(float[] c, float[] x, int from, int n) {
        for (int j = 0; j < n; j++) {
            c[j] += x[from + j];
        }
    }

    private static void max(float[] c, float[] x, int from, int n) {
        for (int j = 0; j < n; j++) {
            c[j] = Math.max(c[j], x[from + j]);
        }
    }

    private static void min(float[] c, float[] x, int from, int n) {
        for (int j = 0; j < n; j++) {
            c[j] = Math.min(c[j], x[from + j]);
        }
    }

    void columns(double[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            for (int j = 0; j < n; j++) {
                double v = x[o + j];
                switch (op) {
                    case SUM -> d[j] += v;
                    case PROD -> d[j] *= v;
                    case MAX -> d[j] = Math.max(d[j], v);
                    case MIN -> d[j] = Math.min(d[j], v);
                    case ARGMAX, ARGMIN -> offer(j, v, first + i * step);
                }
            }
        }
    }

    void columns(int[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            for (int j = 0; j < n; j++) {
                fold(j, x[o + j], first + i * step);
            }
        }
    }

    void columns(long[] x, int m, int n, long first, long step) {
        for (int i = 0, o = 0; i < m; i++, o += n) {
            for (int j = 0; j < n; j++) {
                fold(j, x[o + j], first + i * step);
            }
        }
    }
}
