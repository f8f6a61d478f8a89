package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which elements of spans may be the largest, where that is asked for: certain only where no other span reaches as far. */
final class SpanChoices {
    private final Span x;
    private final boolean smallest;

    private SpanChoices(Span x, boolean smallest) {
        this.x = x;
        this.smallest = smallest;
    }

    private double low(int i) {
        return x.isNaN(i) ? Double.POSITIVE_INFINITY : smallest ? -x.high(i) : x.low(i);
    }

    private double high(int i) {
        return x.isNaN(i) ? Double.POSITIVE_INFINITY : smallest ? -x.low(i) : x.high(i);
    }

    /**
     * The largest of a row of elements, as a place in the row: a range of places where it is not certain.
     *
     * @param last whether the last of equal elements counts, not the first
     * @param lastNaN the same for NaNs
     */
    private int[] extreme(int[] row, int count, boolean last, boolean lastNaN) {
        double reached = Double.NEGATIVE_INFINITY;
        boolean nan = false;
        for (int k = 0; k < count; k++) {
            if (isOpen(row[k])) {
                return new int[] {0, count - 1};
            }
            nan |= x.isNaN(row[k]);
            reached = Math.max(reached, low(row[k]));
        }
        List<Integer> found = new ArrayList<>();
        boolean equal = true;
        for (int k = 0; k < count; k++) {
            if (nan ? x.isNaN(row[k]) : high(row[k]) >= reached) {
                found.add(k);
                equal &= isSame(row[k], row[found.getFirst()]);
            }
        }
        if (equal) {
            int one = (nan ? lastNaN : last) ? found.getLast() : found.getFirst();
            return new int[] {one, one};
        }
        return new int[] {found.getFirst(), found.getLast()};
    }

    private boolean isOpen(int i) {
        return x.isAny(i);
    }

    private boolean isSame(int i, int k) {
        return x.isPoint(i) && x.isPoint(k) && (x.type().isFloat() ? Double.compare(x.low(i), x.low(k)) == 0 : x.lo().getLong(i) == x.lo().getLong(k));
    }

    private static int inner(Shape s, int axis) {
        int n = 1;
        for (int i = axis + 1; i < s.rank(); i++) {
            n *= s.dim(i);
        }
        return n;
    }

    /** ARGMAX and ARGMIN. */
    static Span arg(Instr in, Span x, Shape s) {
        var c = new SpanChoices(x, in.op() == Op.ARGMIN);
        Span out = new Span(in.dtype(), (int) in.shape().numel());
        int n = s.rank() == 0 ? 1 : s.dim(in.attr(0));
        int inner = inner(s, in.attr(0));
        int[] row = new int[n];
        for (int o = 0; o < out.length(); o++) {
            for (int k = 0; k < n; k++) {
                row[k] = (o / inner * n + k) * inner + o % inner;
            }
            int[] at = c.extreme(row, n, false, false);
            out.put(o, at[0], at[1]);
        }
        return out;
    }

    /** CUMARGMAX and CUMARGMIN. */
    static Span running(Instr in, Span x) {
        var c = new SpanChoices(x, in.op() == Op.CUMARGMIN);
        Span out = new Span(in.dtype(), x.length());
        Shape s = in.shape();
        int n = s.dim(in.attr(0));
        int inner = inner(s, in.attr(0));
        boolean reverse = in.attr(1) == 1;
        for (int lane = 0; n > 0 && lane < x.length() / n; lane++) {
            int[] row = new int[n];
            int count = 0;
            boolean open = false;
            for (int k = 0; k < n; k++) {
                int place = reverse ? n - 1 - k : k;
                int at = (lane / inner * n + place) * inner + lane % inner;
                open |= c.isOpen(at);
                if (open) {
                    out.put(at, reverse ? place : 0, reverse ? n - 1 : place);
                    continue;
                }
                row[count++] = at;
                int[] found = c.extreme(row, count, true, true);
                int a = row[found[0]] / inner % n;
                int b = row[found[1]] / inner % n;
                out.put(at, a, b);
                // What was beaten for certain stays beaten.
                int kept = 0;
                for (int j = found[0]; j <= found[1]; j++) {
                    row[kept++] = row[j];
                }
                count = kept;
            }
        }
        return out;
    }

    /**
     * ARGSORT: elements whose spans overlap may be in any order.
     *
     * @param order the indices sorted by the end that comes first
     */
    static Span sort(Instr in, Span x, Span order) {
        boolean descending = in.attr(1) == 1;
        var c = new SpanChoices(x, descending);
        Span out = new Span(in.dtype(), x.length());
        Shape s = in.shape();
        int n = s.dim(in.attr(0));
        int inner = inner(s, in.attr(0));
        for (int lane = 0; n > 0 && lane < x.length() / n; lane++) {
            int base = lane / inner * n * inner + lane % inner;
            boolean open = false;
            for (int k = 0; k < n; k++) {
                open |= c.isOpen(base + k * inner);
            }
            for (int from = 0; from < n;) {
                int first = base + (int) order.low(base + from * inner) * inner;
                boolean equal = true;
                double reached = c.rank(first, true);
                int end = from + 1;
                for (; end < n; end++) {
                    int next = base + (int) order.low(base + end * inner) * inner;
                    if (!open && c.rank(next, false) > reached) {
                        break;
                    }
                    equal &= c.isSame(first, next);
                    reached = Math.max(reached, c.rank(next, true));
                }
                for (int k = from; k < end; k++) {
                    int at = base + k * inner;
                    if (!open && (equal || end == from + 1)) {
                        out.put(at, order.low(at), order.low(at));
                    } else {
                        out.put(at, 0, n - 1);
                    }
                }
                from = end;
            }
        }
        return out;
    }

    /** Place in a sorted row: NaN is the largest, or the first of a descending one. */
    private double rank(int i, boolean end) {
        if (x.isNaN(i)) {
            return smallest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return end ? high(i) : low(i);
    }

    // ---- windows --------------------------------------------------------------------------------------------------------

    /** POOL_ARGMAX. */
    static Span pool(Instr in, Span x, Shape s) {
        var c = new SpanChoices(x, false);
        Span out = new Span(in.dtype(), (int) in.shape().numel());
        int plane = inner(s, 1);
        int[] row = new int[taps(in)];
        for (int o = 0; o < out.length(); o++) {
            int count = window(in, s, in.shape(), o, row);
            if (count == 0) {
                out.putAny(o);
                continue;
            }
            int[] at = c.extreme(row, count, false, true);
            out.put(o, row[at[0]] % plane, row[at[1]] % plane);
        }
        return out;
    }

    /** POOL_MAX_GRAD: an element that may have been the largest may have got the gradient. */
    static Span poolGrad(Instr in, Span x, Span gy, Shape y) {
        var c = new SpanChoices(x, false);
        int n = x.length();
        double[] low = new double[n];
        double[] high = new double[n];
        double[] size = new double[n];
        int[] terms = new int[n];
        boolean[] shorts = new boolean[n];
        Arrays.fill(shorts, true);
        int[] row = new int[taps(in)];
        for (int o = 0; o < gy.length(); o++) {
            int count = window(in, in.shape(), y, o, row);
            int[] at = count == 0 ? new int[] {0, -1} : c.extreme(row, count, false, true);
            for (int k = at[0]; k <= at[1]; k++) {
                boolean certain = at[0] == at[1];
                int to = row[k];
                boolean maybeNaN = !certain && gy.isNaN(o);
                low[to] += certain ? gy.low(o) : maybeNaN ? Double.NEGATIVE_INFINITY : Math.min(0, gy.low(o));
                high[to] += certain ? gy.high(o) : Math.max(0, gy.high(o));
                size[to] += Math.max(Math.abs(gy.low(o)), Math.abs(gy.high(o)));
                terms[to]++;
                shorts[to] &= certain && gy.isPoint(o) && Span.isShort(gy.low(o));
            }
        }
        Span out = new Span(in.dtype(), n);
        double unit = Oracle.unit(in.dtype());
        for (int i = 0; i < n; i++) {
            if (!in.dtype().isFloat() || shorts[i] && size[i] * 16 < 1 / unit || terms[i] <= 1) {
                out.put(i, low[i], high[i]);
            } else {
                double error = Double.isFinite(size[i]) ? size[i] * unit * terms[i] : 0;
                out.putRounded(i, low[i] - error, high[i] + error, SpanFunctions.share(in.dtype(), 2));
            }
        }
        return out;
    }

    private static int taps(Instr in) {
        int n = 1;
        for (int k : PoolAttr.of(in.attr()).kernel()) {
            n *= k;
        }
        return n;
    }

    /** The input elements that an output's window holds, in row-major order; returns how many. */
    private static int window(Instr in, Shape x, Shape y, int output, int[] row) {
        PoolAttr a = PoolAttr.of(in.attr());
        int d = a.spatialRank();
        int count = 0;
        int plane = output / inner(y, 1);
        for (int tap = 0; tap < row.length; tap++) {
            int at = plane;
            int rest = tap;
            boolean inside = true;
            for (int k = 0; k < d; k++) {
                int taps = 1;
                for (int j = k + 1; j < d; j++) {
                    taps *= a.kernel()[j];
                }
                int place = output / inner(y, 2 + k) % y.dim(2 + k) * a.stride()[k] - a.before()[k] + rest / taps * a.dilation()[k];
                rest %= taps;
                inside &= place >= 0 && place < x.dim(2 + k);
                at = at * x.dim(2 + k) + place;
            }
            if (inside) {
                row[count++] = at;
            }
        }
        return count;
    }
}
