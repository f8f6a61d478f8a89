package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.ScatterMode;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.function.ToDoubleBiFunction;

/**
 * Sums, products and contractions of spans. The interpreter itself adds up ends, magnitudes and counts, so that nothing
 * here knows which elements meet in which sum.
 */
final class SpanSums {
    private final Instr in;
    private final Shape[] shapes;
    private final Span[] x;
    private final Span out;
    private final double unit;

    private SpanSums(Instr in, Span[] x, Shape[] shapes) {
        this.in = in;
        this.x = x;
        this.shapes = shapes;
        this.out = new Span(in.dtype(), (int) in.shape().numel());
        this.unit = Oracle.unit(in.dtype().isHalf() ? DType.F32 : in.dtype());
    }

    /** What the interpreter makes of each operand's {@code f(span, element)}; an index operand stays itself. */
    private HostArray eval(Op op, ToDoubleBiFunction<Span, Integer> f) {
        HostArray[] v = new HostArray[x.length];
        for (int k = 0; k < v.length; k++) {
            v[k] = isIndex(k) ? x[k].lo() : map(x[k], f);
        }
        return eval(op, v);
    }

    private HostArray eval(Op op, HostArray[] v) {
        long[] attr = in.op() == Op.SCATTER ? new long[] {in.attr(0), (op == Op.SCATTER ? ScatterMode.MUL : ScatterMode.ADD).ordinal()} : in.attr();
        Op called = in.op() == Op.SCATTER ? Op.SCATTER : op;
        return Evaluator.eval(new Instr(called, attr, DType.F64, in.shape(), in.inputs(), in.path(), in.origin()), v, shapes);
    }

    private boolean isIndex(int operand) {
        return operand == 1 && (in.op() == Op.INDEX_ADD || in.op() == Op.SCATTER);
    }

    private static HostArray map(Span s, ToDoubleBiFunction<Span, Integer> f) {
        double[] v = new double[s.length()];
        for (int i = 0; i < v.length; i++) {
            v[i] = f.applyAsDouble(s, i);
        }
        return HostArray.wrap(DType.F64, v);
    }

    /** The interpreter's own result in the program's type: right where every operand is a point. */
    private HostArray points() {
        HostArray[] v = new HostArray[x.length];
        for (int k = 0; k < v.length; k++) {
            v[k] = x[k].lo();
        }
        return Evaluator.eval(in, v, shapes);
    }

    // ---- measures of an element -----------------------------------------------------------------------------------------

    private static double finite(double v) {
        return Double.isFinite(v) ? v : 0;
    }

    private static double most(Span s, int i) {
        return Math.max(Math.abs(finite(s.low(i))), Math.abs(finite(s.high(i))));
    }

    private static double least(Span s, int i) {
        return s.contains(i, 0) ? 0 : Math.min(Math.abs(s.low(i)), Math.abs(s.high(i)));
    }

    private static double flag(boolean b) {
        return b ? 1 : 0;
    }

    private static boolean isShortPoint(Span s, int i) {
        return s.isPoint(i) && Span.isShort(s.low(i));
    }

    /**
     * Roundings that may add up in one direction in a sum of so many. Devices sum in many lanes, and the interpreter in F64,
     * so that they are fewer than terms; in F64 itself both round once a term.
     */
    private double roundings(double count) {
        return 4 + (in.dtype() == DType.F64 ? 2 * count : Math.min(count, 64 + count / 8));
    }

    private void integers(int i, boolean points, HostArray exact, double low, double high) {
        if (points) {
            out.putPoint(i, exact.getLong(i));
        } else if (in.dtype().isBool() || !Double.isFinite(low) || !Double.isFinite(high)) {
            out.putAny(i);
        } else {
            out.put(i, low, high);
        }
    }

    // ---- sums -----------------------------------------------------------------------------------------------------------

    /** SUM, CUMSUM, FOLD, window sums, INDEX_ADD and SCATTER in mode ADD: operands with factors of 1. */
    static Span linear(Instr in, Span[] x, Shape[] shapes) {
        var s = new SpanSums(in, x, shapes);
        // Libraries make window sums from averages.
        boolean averaged = in.op() == Op.POOL_SUM || in.op() == Op.POOL_SUM_GRAD;
        Op op = in.op() == Op.SCATTER ? Op.ADD : in.op();
        HostArray count = s.eval(op, (v, i) -> 1);
        HostArray low = s.eval(op, Span::low);
        HostArray high = s.eval(op, Span::high);
        if (!in.dtype().isFloat()) {
            HostArray open = s.eval(op, (v, i) -> flag(!v.isPoint(i)));
            HostArray exact = s.points();
            for (int i = 0; i < s.out.length(); i++) {
                s.integers(i, open.getDouble(i) == 0, exact, low.getDouble(i), high.getDouble(i));
            }
            return s.out;
        }
        HostArray size = s.eval(op, SpanSums::most);
        HostArray inexact = s.eval(op, (v, i) -> flag(!isShortPoint(v, i)));
        HostArray certain = s.eval(op, (v, i) -> v.isPoint(i) ? v.low(i) : 0);
        HostArray below = s.eval(op, (v, i) -> flag(!(v.low(i) >= 0)));
        HostArray above = s.eval(op, (v, i) -> flag(!(v.high(i) <= 0)));
        for (int i = 0; i < s.out.length(); i++) {
            boolean shorts = inexact.getDouble(i) == 0 && !averaged;
            if (Double.isNaN(certain.getDouble(i))) {
                s.out.put(i, Double.NaN, Double.NaN);
            } else if (Double.isNaN(low.getDouble(i)) || Double.isNaN(high.getDouble(i))) {
                s.out.putAny(i);
            } else if (count.getDouble(i) <= 1 && !averaged) {
                s.out.putRounded(i, low.getDouble(i), high.getDouble(i), 0);
            } else {
                s.sum(i, low.getDouble(i), high.getDouble(i), size.getDouble(i), count.getDouble(i), shorts ? 16 : 0,
                        below.getDouble(i) == 0, above.getDouble(i) == 0);
            }
        }
        return s.out;
    }

    /**
     * @param grain one over the digits that all terms are multiples of; 0 where they have too many
     * @param positive whether no term is negative, so that no rounding makes the sum negative
     */
    private void sum(int i, double low, double high, double size, double count, double grain, boolean positive, boolean negative) {
        if (grain > 0 && out.isExact(low) && size * grain < 1 / Oracle.unit(in.dtype())) {
            out.put(i, low, high);
            return;
        }
        double error = size * unit * roundings(count) + (size == 0 ? 0 : count * Oracle.smallest(in.dtype()));
        boolean opposed = low == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY;
        boolean overflows = opposed || size + error > Span.largest(in.dtype() == DType.F16 ? DType.F32 : in.dtype());
        if (overflows && !positive && !negative) {
            out.putAny(i);
            return;
        }
        out.putRounded(i, low - error, high + error, SpanFunctions.share(in.dtype(), 2));
        if (positive && out.low(i) < 0 || negative && out.high(i) > 0) {
            out.put(i, positive ? Math.max(out.low(i), 0) : out.low(i), negative ? Math.min(out.high(i), 0) : out.high(i));
        }
    }

    // ---- contractions ---------------------------------------------------------------------------------------------------

    /** MATMUL and convolutions: sums of products of an element of each operand. */
    static Span bilinear(Instr in, Span[] x, Shape[] shapes) {
        var s = new SpanSums(in, x, shapes);
        HostArray one = map(x[0], (v, i) -> 1);
        HostArray two = map(x[1], (v, i) -> 1);
        HostArray count = s.eval(in.op(), new HostArray[] {one, two});
        HostArray wild = s.either((v, i) -> flag(!v.isPoint(i) && !(Double.isFinite(v.low(i)) && Double.isFinite(v.high(i)))), one, two);
        HostArray endless = s.either((v, i) -> flag(v.isPoint(i) && !Double.isFinite(v.low(i))), one, two);
        HostArray inexact = s.either((v, i) -> flag(!isShortPoint(v, i)), one, two);
        HostArray open = s.either((v, i) -> flag(!v.isPoint(i)), one, two);
        ToDoubleBiFunction<Span, Integer> middle = (v, i) -> v.isPoint(i) ? v.low(i) : finite(v.low(i)) / 2 + finite(v.high(i)) / 2;
        HostArray mid = s.eval(in.op(), middle);
        HostArray centre = s.eval(in.op(), (v, i) -> Math.abs(finite(middle.applyAsDouble(v, i))));
        HostArray size = s.eval(in.op(), SpanSums::most);
        boolean signed = isSigned(x[0]) && isSigned(x[1]);
        HostArray exact = in.dtype().isFloat() ? mid : s.points();
        for (int i = 0; i < s.out.length(); i++) {
            double m = mid.getDouble(i);
            // |ab - mm'| <= (|m| + r)(|m'| + r') - |m||m'|
            double r = Math.max(0, size.getDouble(i) - centre.getDouble(i));
            if (wild.getDouble(i) > 0) {
                s.out.putAny(i);
            } else if (!in.dtype().isFloat()) {
                s.integers(i, open.getDouble(i) == 0, exact, m - r, m + r);
            } else if (endless.getDouble(i) > 0) {
                // a finite term may overflow the other way
                boolean fits = 2 * size.getDouble(i) <= Span.largest(in.dtype() == DType.F16 ? DType.F32 : in.dtype());
                if (signed && (fits || Double.isNaN(m))) {
                    s.out.put(i, m, m);
                } else {
                    s.out.putAny(i);
                }
            } else {
                s.sum(i, m - r, m + r, size.getDouble(i), count.getDouble(i), inexact.getDouble(i) == 0 ? 256 : 0, false, false);
            }
        }
        return s.out;
    }

    private HostArray either(ToDoubleBiFunction<Span, Integer> f, HostArray one, HostArray two) {
        HostArray a = eval(in.op(), new HostArray[] {map(x[0], f), two});
        HostArray b = eval(in.op(), new HostArray[] {one, map(x[1], f)});
        double[] v = new double[a.length()];
        for (int i = 0; i < v.length; i++) {
            v[i] = a.getDouble(i) + b.getDouble(i);
        }
        return HostArray.wrap(DType.F64, v);
    }

    /** Whether no element may be of either sign. */
    private static boolean isSigned(Span s) {
        for (int i = 0; i < s.length(); i++) {
            if (!s.isPoint(i) && s.contains(i, 0)) {
                return false;
            }
        }
        return true;
    }

    // ---- products -------------------------------------------------------------------------------------------------------

    /** PROD, CUMPROD and SCATTER in mode MUL. */
    static Span product(Instr in, Span[] x, Shape[] shapes) {
        var s = new SpanSums(in, x, shapes);
        Op times = in.op();
        Op plus = times == Op.PROD ? Op.SUM : times == Op.CUMPROD ? Op.CUMSUM : Op.ADD;
        HostArray open = s.eval(plus, (v, i) -> flag(!v.isPoint(i)));
        if (!in.dtype().isFloat()) {
            HostArray exact = s.points();
            for (int i = 0; i < s.out.length(); i++) {
                s.integers(i, open.getDouble(i) == 0, exact, Double.NaN, Double.NaN);
            }
            return s.out;
        }
        HostArray plain = s.eval(times, Span::low);
        HostArray count = s.eval(plus, (v, i) -> 1);
        HostArray wild = s.eval(plus, (v, i) -> flag(!Double.isFinite(v.low(i)) || !Double.isFinite(v.high(i))));
        HostArray nans = s.eval(plus, (v, i) -> flag(v.isNaN(i)));
        HostArray broad = s.eval(plus, (v, i) -> flag(!v.isPoint(i) && v.contains(i, 0)));
        HostArray inexact = s.eval(plus, (v, i) -> flag(!isShortPoint(v, i) || v.low(i) != Math.rint(v.low(i))));
        HostArray sign = s.eval(times, (v, i) -> v.low(i) < 0 ? -1 : 1);
        HostArray most = s.eval(times, SpanSums::most);
        HostArray least = s.eval(times, SpanSums::least);
        HostArray growth = s.eval(times, (v, i) -> Math.max(1, most(v, i)));
        HostArray shrink = s.eval(times, (v, i) -> v.contains(i, 0) ? 1 : Math.min(1, least(v, i)));
        double limit = Span.largest(in.dtype() == DType.F16 ? DType.F32 : in.dtype());
        for (int i = 0; i < s.out.length(); i++) {
            double m = most.getDouble(i);
            if (nans.getDouble(i) > 0) {
                s.out.put(i, Double.NaN, Double.NaN);
            } else if (wild.getDouble(i) > 0) {
                if (open.getDouble(i) == 0) {
                    s.out.put(i, plain.getDouble(i), plain.getDouble(i));
                } else {
                    s.out.putAny(i);
                }
            } else if (growth.getDouble(i) > limit / 2) {
                s.out.putAny(i);
            } else if (inexact.getDouble(i) == 0 && growth.getDouble(i) < 1 / Oracle.unit(in.dtype())) {
                s.out.put(i, plain.getDouble(i), plain.getDouble(i));
            } else {
                double l = broad.getDouble(i) > 0 ? -m : shrink.getDouble(i) < Oracle.smallest(in.dtype()) * 8 ? 0 : least.getDouble(i);
                double share = SpanFunctions.share(in.dtype(), s.roundings(count.getDouble(i)));
                s.out.putRounded(i, sign.getDouble(i) < 0 && broad.getDouble(i) == 0 ? -l : l, sign.getDouble(i) < 0 && broad.getDouble(i) == 0 ? -m : m, share);
            }
        }
        return s.out;
    }

    /** CUMLOGSUMEXP grows with each operand. */
    static Span logSum(Instr in, Span[] x, Shape[] shapes) {
        var s = new SpanSums(in, x, shapes);
        HostArray low = s.eval(in.op(), Span::low);
        HostArray high = s.eval(in.op(), Span::high);
        HostArray count = s.eval(Op.CUMSUM, (v, i) -> 1);
        HostArray size = s.eval(Op.CUMMAX, SpanSums::most);
        for (int i = 0; i < s.out.length(); i++) {
            double error = Oracle.unit(in.dtype()) * (s.roundings(count.getDouble(i)) + 8 + size.getDouble(i));
            s.out.putRounded(i, low.getDouble(i) - error, high.getDouble(i) + error, SpanFunctions.share(in.dtype(), 16));
        }
        return s.out;
    }
}
