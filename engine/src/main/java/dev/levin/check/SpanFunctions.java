package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import dev.levin.reference.Scalars;
import dev.levin.type.DType;

/** Scalar functions of spans: what they can give where the operands lie anywhere within theirs. */
final class SpanFunctions {
    /** Points at which a function that is not monotonous between poles is looked at. */
    private static final int SAMPLES = 64;
    /** Where a sine can't be told any more. */
    private static final double FAR = 0x1p45;

    private final Instr in;
    private final Op op;
    private final Span out;
    /** Shares of a result that rounding may move it by: for one rounding, and for a function of a library. */
    private final double rounding;
    private final double library;
    /** The share of an operand that a function of a library may mistake it by. */
    private final double operand;

    private SpanFunctions(Instr in) {
        this.in = in;
        this.op = in.op();
        this.out = new Span(in.dtype(), (int) in.shape().numel());
        this.rounding = share(in.dtype(), 3);
        this.library = share(in.dtype(), in.dtype() == DType.F64 ? 64 : 16);
        this.operand = in.dtype() == DType.F64 ? 16 * 0x1p-53 : 4 * 0x1p-24;
    }

    /** A share for so many roundings of the type that a device computes in, and one or two of a 16-bit type. */
    static double share(DType type, double roundings) {
        double unit = Oracle.unit(type.isHalf() ? DType.F32 : type);
        return roundings * unit + (type.isHalf() ? 2 * Oracle.unit(type) : 0);
    }

    /** @param same whether both operands of a binary function are one value */
    static Span of(Instr in, Span[] x, boolean same) {
        var f = new SpanFunctions(in);
        for (int i = 0; i < f.out.length(); i++) {
            switch (in.op()) {
                case WHERE -> f.where(i, x[0], x[1], x[2]);
                case EQ, LT, LE -> f.compare(i, x[0], x[1], same);
                case CAST -> f.cast(i, x[0]);
                default -> {
                    if (!in.dtype().isFloat()) {
                        f.integers(i, x);
                    } else if (x.length == 1) {
                        f.unary(i, x[0]);
                    } else {
                        f.binary(i, x[0], x[1], same);
                    }
                }
            }
        }
        return f.out;
    }

    private void where(int i, Span c, Span a, Span b) {
        if (c.isPoint(i)) {
            copy(i, c.low(i) != 0 ? a : b);
        } else if (a.isAny(i) || b.isAny(i) || a.isNaN(i) != b.isNaN(i)) {
            out.putAny(i);
        } else if (a.isPoint(i) && b.isPoint(i) && !a.type().isFloat() && a.lo().getLong(i) == b.lo().getLong(i)) {
            copy(i, a);
        } else {
            out.put(i, Math.min(a.low(i), b.low(i)), Math.max(a.high(i), b.high(i)));
        }
    }

    private void copy(int i, Span from) {
        if (!out.type().isFloat()) {
            out.lo().setLong(i, from.lo().getLong(i));
            out.hi().setLong(i, from.hi().getLong(i));
        } else if (from.isAny(i)) {
            out.putAny(i);
        } else {
            out.put(i, from.low(i), from.high(i));
        }
    }

    private void compare(int i, Span a, Span b, boolean same) {
        if (a.isNaN(i) || b.isNaN(i)) {
            out.putPoint(i, 0);
        } else if (a.isAny(i) && a.type().isFloat() || b.isAny(i) && b.type().isFloat()) {
            out.put(i, 0, 1);
        } else if (same) {
            out.putPoint(i, op == Op.LT ? 0 : 1);
        } else if (a.isPoint(i) && b.isPoint(i)) {
            boolean yes = a.type().isFloat() ? Scalars.compare(op, a.low(i), b.low(i)) : Scalars.compare(op, a.lo().getLong(i), b.lo().getLong(i));
            out.putPoint(i, yes ? 1 : 0);
        } else if (a.high(i) < b.low(i)) {
            out.putPoint(i, op == Op.EQ ? 0 : 1);
        } else if (b.high(i) < a.low(i) || op == Op.LT && b.high(i) <= a.low(i)) {
            out.putPoint(i, 0);
        } else if (op == Op.LE && a.high(i) <= b.low(i)) {
            out.putPoint(i, 1);
        } else {
            out.put(i, 0, 1);
        }
    }

    private void cast(int i, Span x) {
        boolean fromFloat = x.type().isFloat();
        if (out.type().isFloat()) {
            if (fromFloat && x.isAny(i)) {
                out.putAny(i);
            } else if (x.isPoint(i) && out.isExact(x.low(i)) || widens(x.type())) {
                rounded(i, x.low(i), x.high(i), 0);
            } else if (roundsOnce(i, x)) {
                rounded(i, out.nearest(x.low(i)), out.nearest(x.high(i)), 0);
            } else {
                rounded(i, x.low(i), x.high(i), rounding);
            }
        } else if (out.type().isBool()) {
            boolean zero = !x.isNaN(i) && x.contains(i, 0);
            if (x.isPoint(i) || !zero) {
                out.putPoint(i, zero ? 0 : 1);
            } else {
                out.put(i, 0, 1);
            }
        } else if (!fromFloat && x.isPoint(i)) {
            out.putPoint(i, x.lo().getLong(i));
        } else if (x.isAny(i)) {
            out.putAny(i);
        } else if (x.isNaN(i)) {
            out.putPoint(i, 0);
        } else if (x.isPoint(i)) {
            out.putPoint(i, (long) x.low(i));
        } else {
            out.put(i, Scalars.unary(Op.TRUNC, x.low(i), 0), Scalars.unary(Op.TRUNC, x.high(i), 0));
        }
    }

    /** Casts to 16 bits do round, to the nearest; but one from F64 may go by way of F32, and denormals may be flushed. */
    private boolean roundsOnce(int i, Span x) {
        double least = x.contains(i, 0) ? 1 : Math.min(Math.abs(x.low(i)), Math.abs(x.high(i)));
        return out.type().isHalf() && x.type().isFloat() && x.type() != DType.F64 && least > 8 * Oracle.smallest(DType.F16);
    }

    private boolean widens(DType from) {
        return from.isFloat() && (from == out.type() || from.isHalf() && !out.type().isHalf() || out.type() == DType.F64);
    }

    private void rounded(int i, double a, double b, double share) {
        out.putRounded(i, a, b, share);
    }

    // ---- integers and booleans ------------------------------------------------------------------------------------------

    private void integers(int i, Span[] x) {
        Span a = x[0];
        DType t = a.type();
        if (x.length == 1) {
            if (a.isPoint(i)) {
                out.putPoint(i, Scalars.unary(op, a.lo().getLong(i), t));
            } else if (a.isAny(i) && op != Op.SIGN) {
                out.putAny(i);
            } else {
                switch (op) {
                    case NEG -> out.put(i, -a.low(i), -a.high(i));
                    case SIGN -> out.put(i, Math.signum(a.low(i)), Math.signum(a.high(i)));
                    case ABS -> absolute(i, a, 0);
                    case NOT -> out.put(i, (t.isBool() ? 1 : -1) - a.low(i), (t.isBool() ? 1 : -1) - a.high(i));
                    default -> out.putAny(i);
                }
            }
            return;
        }
        Span b = x[1];
        if (a.isPoint(i) && b.isPoint(i)) {
            out.putPoint(i, Scalars.binary(op, a.lo().getLong(i), b.lo().getLong(i), t));
            return;
        }
        switch (op) {
            case MAX -> ends(i, Math.max(a.lo().getLong(i), b.lo().getLong(i)), Math.max(a.hi().getLong(i), b.hi().getLong(i)));
            case MIN -> ends(i, Math.min(a.lo().getLong(i), b.lo().getLong(i)), Math.min(a.hi().getLong(i), b.hi().getLong(i)));
            case ADD, SUB, MUL -> {
                if (a.isAny(i) || b.isAny(i) || t.isBool()) {
                    out.putAny(i);
                } else {
                    corners(i, a, b, 0);
                }
            }
            case AND -> {
                if (t.isBool()) {
                    out.put(i, a.low(i) * b.low(i), a.high(i) * b.high(i));
                } else if (b.isPoint(i) && b.low(i) >= 0) {
                    out.put(i, 0, b.low(i));
                } else {
                    out.putAny(i);
                }
            }
            case OR -> {
                if (t.isBool()) {
                    out.put(i, Math.max(a.low(i), b.low(i)), Math.max(a.high(i), b.high(i)));
                } else {
                    out.putAny(i);
                }
            }
            case FMOD -> {
                double most = Math.max(Math.abs(b.low(i)), Math.abs(b.high(i))) - 1;
                if (b.isPoint(i) && a.low(i) >= 0 && a.high(i) <= most) {
                    out.put(i, a.low(i), a.high(i));
                } else {
                    out.put(i, a.low(i) >= 0 ? 0 : -most, a.high(i) <= 0 ? 0 : most);
                }
            }
            default -> out.putAny(i);
        }
    }

    private void ends(int i, long a, long b) {
        out.lo().setLong(i, a);
        out.hi().setLong(i, b);
    }

    private void absolute(int i, Span a, double share) {
        double most = Math.max(Math.abs(a.low(i)), Math.abs(a.high(i)));
        rounded(i, a.contains(i, 0) ? 0 : Math.min(Math.abs(a.low(i)), Math.abs(a.high(i))), most, share);
    }

    private void corners(int i, Span a, Span b, double share) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        int nans = 0;
        for (int k = 0; k < 4; k++) {
            double v = Scalars.binary(op, k < 2 ? a.low(i) : a.high(i), k % 2 == 0 ? b.low(i) : b.high(i));
            nans += v != v ? 1 : 0;
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        if (nans > 0 && nans < 4) {
            out.putAny(i);
        } else if (out.type().isFloat()) {
            rounded(i, low, high, share);
        } else {
            out.put(i, low, high);
        }
    }

    // ---- floats ---------------------------------------------------------------------------------------------------------

    private void unary(int i, Span x) {
        if (x.isAny(i)) {
            out.putAny(i);
            return;
        }
        double a = x.low(i);
        double b = x.high(i);
        switch (op) {
            case NEG, SIGN, FLOOR, CEIL, TRUNC, ROUND -> rounded(i, f(a), f(b), 0);
            case ABS -> {
                if (x.isNaN(i)) {
                    out.put(i, a, a);
                } else {
                    absolute(i, x, 0);
                }
            }
            case RECIP, RSQRT -> {
                if (!x.contains(i, 0)) {
                    rounded(i, f(a), f(b), op == Op.RECIP ? rounding : library);
                } else if (op == Op.RSQRT && a < 0) {
                    out.putAny(i);
                } else {
                    // Which zero it is, is not promised.
                    out.put(i, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
                }
            }
            case SQRT -> rounded(i, f(a), f(b), rounding);
            case SIN, COS, TAN -> periodic(i, down(a), up(b));
            case COSH -> {
                double most = Math.max(f(down(a)), f(up(b)));
                rounded(i, x.contains(i, 0) ? 1 : Math.min(f(down(a)), f(up(b))), most, library);
            }
            case LGAMMA, POLYGAMMA -> gamma(i, down(a), up(b));
            case ASIN, ACOS, ERFINV -> {
                // Rounding takes an operand past the end of the domain only if it was computed.
                double p = x.isPoint(i) && a >= -1 ? Math.max(-1, down(a)) : down(a);
                double q = x.isPoint(i) && b <= 1 ? Math.min(1, up(b)) : up(b);
                if (p < -1 && q >= -1 || q > 1 && p <= 1) {
                    out.putAny(i);
                } else {
                    rounded(i, f(p), f(q), library);
                }
            }
            case LOG, LOG1P -> {
                double end = op == Op.LOG ? 0 : -1;
                rounded(i, f(x.isPoint(i) && a >= end ? Math.max(end, down(a)) : down(a)), f(up(b)), library);
            }
            default -> rounded(i, f(down(a)), f(up(b)), library);
        }
    }

    private double f(double x) {
        return Scalars.unary(op, x, op == Op.POLYGAMMA ? in.attr(0) : 0);
    }

    private double down(double v) {
        return Double.isInfinite(v) ? v : v - Math.abs(v) * operand;
    }

    private double up(double v) {
        return Double.isInfinite(v) ? v : v + Math.abs(v) * operand;
    }

    private void periodic(int i, double a, double b) {
        if (a != a || Double.isInfinite(a) && a == b) {
            out.put(i, Double.NaN, Double.NaN);
        } else if (Double.isInfinite(a) || Double.isInfinite(b)) {
            out.putAny(i);
        } else if (op == Op.TAN) {
            if (b - a > 3 || passes(a, b, 0.5)) {
                out.put(i, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
            } else {
                rounded(i, f(a), f(b), library);
            }
        } else {
            // Extremes of the sine are half a turn apart, half-way between the zeros.
            double shift = op == Op.SIN ? 0.5 : 0;
            double low = Math.min(f(a), f(b));
            double high = Math.max(f(a), f(b));
            if (passes(a, b, shift)) {
                long from = (long) Math.ceil(a / Math.PI - shift);
                long to = (long) Math.floor(b / Math.PI - shift);
                boolean two = to > from || Math.abs(a) > FAR;
                high = two || from % 2 == 0 ? 1 : high;
                low = two || from % 2 != 0 ? -1 : low;
            }
            rounded(i, low, high, library);
        }
    }

    /** Whether a multiple of pi, shifted by a share of it, lies between. */
    private static boolean passes(double a, double b, double shift) {
        return Math.floor(b / Math.PI - shift) >= Math.ceil(a / Math.PI - shift) || Math.abs(a) > FAR;
    }

    private void gamma(int i, double a, double b) {
        if (a != a) {
            out.put(i, a, a);
            return;
        }
        if (Double.isInfinite(a) || Double.isInfinite(b)) {
            if (a == b) {
                rounded(i, f(a), f(b), library);
            } else {
                out.putAny(i);
            }
            return;
        }
        boolean pole = a <= 0 && (Math.floor(b) > Math.floor(a) || a == Math.rint(a));
        if (pole) {
            if (op == Op.LGAMMA || in.attr(0) > 0 && a == b) {
                out.put(i, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
            } else {
                out.putAny(i);
            }
            return;
        }
        double low = Math.min(f(a), f(b));
        double high = Math.max(f(a), f(b));
        boolean bends = op == Op.LGAMMA ? a < 1.47 : in.attr(0) > 0 && a < 0;
        for (int k = 1; bends && k < SAMPLES; k++) {
            double v = f(a + (b - a) * k / SAMPLES);
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        double bend = bends ? (high - low) / 8 : 0;
        rounded(i, low - bend, high + bend, library);
    }

    private void binary(int i, Span a, Span b, boolean same) {
        if (a.isNaN(i) && b.isNaN(i) || (a.isNaN(i) || b.isNaN(i)) && op != Op.POW) {
            out.put(i, Double.NaN, Double.NaN);
            return;
        }
        if (a.isAny(i) || b.isAny(i)) {
            out.putAny(i);
            return;
        }
        boolean points = a.isPoint(i) && b.isPoint(i);
        switch (op) {
            case MAX, MIN -> out.put(i, Scalars.binary(op, a.low(i), b.low(i)), Scalars.binary(op, a.high(i), b.high(i)));
            case ADD -> sum(i, a, b, b.low(i), b.high(i));
            case SUB -> {
                if (same && !isInfinite(i, a)) {
                    out.put(i, 0, 0);
                } else {
                    sum(i, a, b, -b.high(i), -b.low(i));
                }
            }
            case MUL -> {
                boolean nothing = a.contains(i, 0) && isInfinite(i, b) || b.contains(i, 0) && isInfinite(i, a);
                if (nothing && points) {
                    out.put(i, Double.NaN, Double.NaN);
                } else if (nothing) {
                    out.putAny(i);
                } else if (same) {
                    double most = Math.max(a.low(i) * a.low(i), a.high(i) * a.high(i));
                    double least = a.contains(i, 0) ? 0 : Math.min(a.low(i) * a.low(i), a.high(i) * a.high(i));
                    rounded(i, least, most, exact(i, points, least, a, b) ? 0 : rounding);
                } else {
                    corners(i, a, b, exact(i, points, a.low(i) * b.low(i), a, b) ? 0 : rounding);
                }
            }
            case DIV -> divide(i, a, b, points, same);
            case FMOD -> remainder(i, a, b, points);
            case POW -> power(i, a, b, points);
            case ATAN2 -> angle(i, a, b);
            default -> out.putAny(i);
        }
    }

    private static boolean isInfinite(int i, Span s) {
        return Double.isInfinite(s.low(i)) || Double.isInfinite(s.high(i));
    }

    /** @param low what is added, {@code b} or its negative */
    private void sum(int i, Span a, Span b, double low, double high) {
        boolean points = a.isPoint(i) && b.isPoint(i);
        boolean opposed = a.high(i) == Double.POSITIVE_INFINITY && low == Double.NEGATIVE_INFINITY
                || a.low(i) == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY;
        if (opposed && !points) {
            out.putAny(i);
        } else {
            rounded(i, a.low(i) + low, a.high(i) + high, exact(i, points, a.low(i) + low, a, b) ? 0 : rounding);
        }
    }

    /** Whether operands and result have so few digits that nothing is rounded. */
    private boolean exact(int i, boolean points, double v, Span a, Span b) {
        return points && out.isExact(v) && (out.type() != DType.F64 || Span.isShort(a.low(i)) && Span.isShort(b.low(i)));
    }

    private void divide(int i, Span a, Span b, boolean points, boolean same) {
        if (!b.contains(i, 0)) {
            if (same && !isInfinite(i, a)) {
                rounded(i, 1, 1, rounding);
            } else {
                corners(i, a, b, rounding);
            }
        } else if (!a.contains(i, 0)) {
            out.put(i, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        } else if (points) {
            out.put(i, Double.NaN, Double.NaN);
        } else {
            out.putAny(i);
        }
    }

    private void remainder(int i, Span a, Span b, boolean points) {
        double v = a.low(i) % b.low(i);
        if (points && !(v != v)) {
            rounded(i, v, v, 0);
            return;
        }
        if (points && !b.contains(i, 0)) {
            out.put(i, v, v);
            return;
        }
        if (b.contains(i, 0) || isInfinite(i, a)) {
            out.putAny(i);
            return;
        }
        if (isInfinite(i, b)) {
            out.put(i, Math.min(a.low(i), 0), Math.max(a.high(i), 0));
            return;
        }
        double most = Math.max(Math.abs(b.low(i)), Math.abs(b.high(i)));
        double[] quotients = {a.low(i) / b.low(i), a.low(i) / b.high(i), a.high(i) / b.low(i), a.high(i) / b.high(i)};
        double least = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;
        for (double q : quotients) {
            // A device may find the remainder from a rounded quotient.
            least = Math.min(least, q - Math.abs(q) * rounding);
            largest = Math.max(largest, q + Math.abs(q) * rounding);
        }
        double t = Scalars.unary(Op.TRUNC, least, 0);
        if (t == Scalars.unary(Op.TRUNC, largest, 0) && !(least < 0 && largest > 0 && t != 0)) {
            double p = t * b.low(i);
            double q = t * b.high(i);
            double low = a.low(i) - Math.max(p, q);
            double high = a.high(i) - Math.min(p, q);
            double slack = rounding * Math.max(Math.abs(a.low(i)), Math.abs(a.high(i)));
            out.put(i, Math.max(-most, low - slack), Math.min(most, high + slack));
        } else {
            out.put(i, a.low(i) >= 0 ? 0 : -most, a.high(i) <= 0 ? 0 : most);
        }
    }

    private void power(int i, Span a, Span b, boolean points) {
        boolean nan = a.isNaN(i) || b.isNaN(i);
        if (nan || a.low(i) <= 0) {
            double v = Scalars.binary(op, a.low(i), b.low(i));
            if (points && (v != v || a.low(i) < 0)) {
                rounded(i, v, v, library);
            } else {
                out.putAny(i);
            }
            return;
        }
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < 4; k++) {
            double v = Scalars.binary(op, k < 2 ? down(a.low(i)) : up(a.high(i)), k % 2 == 0 ? down(b.low(i)) : up(b.high(i)));
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        rounded(i, low, high, library);
    }

    private void angle(int i, Span y, Span x) {
        double pi = Math.nextUp(Math.PI);
        if (x.low(i) <= 0 && y.contains(i, 0)) {
            rounded(i, -pi, pi, library);
        } else {
            corners(i, y, x, library);
        }
    }
}
