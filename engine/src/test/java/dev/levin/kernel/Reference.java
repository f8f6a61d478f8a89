package dev.levin.kernel;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates a kernel one position at a time, floats in double without intermediate rounding, ints in long with
 * wrap-around. Slow and plain on purpose.
 */
final class Reference {
    private final Kernel kernel;
    private final HostArray[] buffers;
    private final double[] uniforms;
    private final Map<List<Object>, Object> memo = new HashMap<>();

    private Reference(Kernel kernel, HostArray[] buffers, double[] uniforms) {
        this.kernel = kernel;
        this.buffers = buffers;
        this.uniforms = uniforms;
    }

    /** Contents of the buffers after the kernel; float buffers as double[], others as long[]. */
    static Object[] run(Kernel k, HostArray[] buffers, double[] uniforms) {
        Object[] out = new Object[buffers.length];
        for (int b = 0; b < out.length; b++) {
            int n = buffers[b].length();
            if (buffers[b].dtype().isFloat()) {
                double[] x = new double[n];
                for (int i = 0; i < n; i++) {
                    x[i] = buffers[b].getDouble(i);
                }
                out[b] = x;
            } else {
                long[] x = new long[n];
                for (int i = 0; i < n; i++) {
                    x[i] = buffers[b].getLong(i);
                }
                out[b] = x;
            }
        }
        var r = new Reference(k, buffers, uniforms);
        long[] extents = k.geometry().extentArray();
        for (Store s : k.spec().stores()) {
            long[] pos = new long[extents.length];
            int last = s.outer() ? k.spec().outerRank() : extents.length;
            boolean empty = false;
            for (int a = 0; a < last; a++) {
                empty |= extents[a] == 0;
            }
            if (empty) {
                continue;
            }
            do {
                int at = (int) k.geometry().accesses().get(s.access()).index().at(pos);
                Object v = r.eval(s.value(), pos);
                if (out[s.buffer()] instanceof double[] x) {
                    x[at] = (double) v;
                } else {
                    ((long[]) out[s.buffer()])[at] = (long) v;
                }
            } while (next(pos, extents, 0, last));
        }
        return out;
    }

    private static boolean next(long[] pos, long[] extents, int from, int to) {
        for (int a = to - 1; a >= from; a--) {
            if (++pos[a] < extents[a]) {
                return true;
            }
            pos[a] = 0;
        }
        return false;
    }

    private Object eval(int v, long[] pos) {
        KernelSpec spec = kernel.spec();
        return switch (spec.values().get(v)) {
            case Value.Const c -> c.dtype().isFloat() ? (Object) c.asDouble() : (Object) c.bits();
            case Value.Uniform u -> u.dtype().isFloat() ? (Object) uniforms[u.slot()] : (Object) (long) uniforms[u.slot()];
            case Value.Index i -> access(i.access()).index().at(pos);
            case Value.Random r -> (long) Philox.bits(buffers[r.buffer()].getLong(0), buffers[r.buffer()].getLong(1),
                    r.ordinal(), access(r.access()).index().at(pos));
            case Value.Load l -> load(l, pos);
            case Value.Reduce r -> {
                var key = List.<Object>of(v, Arrays.toString(Arrays.copyOf(pos, spec.outerRank())));
                if (!memo.containsKey(key)) {
                    memo.put(key, fold(r, pos.clone()));
                }
                yield memo.get(key);
            }
            case Value.Compute c -> {
                Object[] x = new Object[c.operands().size()];
                for (int i = 0; i < x.length; i++) {
                    x[i] = eval(c.operands().get(i), pos);
                }
                yield compute(c, spec.values().get(c.operands().getFirst()).dtype(), x);
            }
        };
    }

    private Access access(int a) {
        return kernel.geometry().accesses().get(a);
    }

    private Object load(Value.Load l, long[] pos) {
        Access a = access(l.access());
        Object fill = l.dtype().isFloat() ? (Object) l.fillAsDouble() : (Object) l.fill();
        for (Bound b : a.bounds()) {
            long v = b.index().at(pos);
            if (v < 0 || v >= b.limit()) {
                return fill;
            }
        }
        long at = a.index().at(pos);
        for (int p = 0; p < l.picks().size(); p++) {
            long i = (long) eval(l.picks().get(p), pos);
            if (i < 0 || i >= a.picks().get(p).extent()) {
                return fill;
            }
            at += i * a.picks().get(p).stride();
        }
        HostArray x = buffers[l.buffer()];
        return l.dtype().isFloat() ? (Object) x.getDouble((int) at) : (Object) x.getLong((int) at);
    }

    private Object fold(Value.Reduce r, long[] pos) {
        KernelSpec spec = kernel.spec();
        long[] extents = kernel.geometry().extentArray();
        Arrays.fill(pos, spec.outerRank(), pos.length, 0);
        boolean floats = spec.values().get(r.operand()).dtype().isFloat();
        double d = switch (r.op()) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, ARGMAX -> Double.NEGATIVE_INFINITY;
            default -> Double.POSITIVE_INFINITY;
        };
        long l = switch (r.op()) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, ARGMAX -> Long.MIN_VALUE;
            default -> Long.MAX_VALUE;
        };
        long best = -1;
        long at = 0;
        if (kernel.reduced() > 0) {
            do {
                Object x = eval(r.operand(), pos);
                if (r.op().isArg()) {
                    boolean better;
                    if (floats) {
                        double v = (double) x;
                        better = best < 0 || !Double.isNaN(d) && (Double.isNaN(v) || (r.op() == ReduceOp.ARGMAX ? v > d : v < d));
                        d = better ? v : d;
                    } else {
                        long v = (long) x;
                        better = best < 0 || (r.op() == ReduceOp.ARGMAX ? v > l : v < l);
                        l = better ? v : l;
                    }
                    best = better ? at : best;
                } else if (floats) {
                    double v = (double) x;
                    d = switch (r.op()) {
                        case SUM -> d + v;
                        case PROD -> d * v;
                        case MAX -> Math.max(d, v);
                        default -> Math.min(d, v);
                    };
                } else {
                    long v = (long) x;
                    l = switch (r.op()) {
                        case SUM -> l + v;
                        case PROD -> l * v;
                        case MAX -> Math.max(l, v);
                        default -> Math.min(l, v);
                    };
                }
                at++;
            } while (next(pos, extents, spec.outerRank(), extents.length));
        }
        return r.op().isArg() ? (Object) best : floats ? (Object) d : (Object) l;
    }

    static Object compute(Value.Compute c, DType from, Object... x) {
        ScalarOp op = c.op();
        if (op == ScalarOp.WHERE) {
            return (long) x[0] != 0 ? x[1] : x[2];
        }
        if (op == ScalarOp.CAST) {
            return cast(c.dtype(), x[0]);
        }
        if (from.isFloat()) {
            double a = (double) x[0];
            double b = x.length > 1 ? (double) x[1] : 0;
            return switch (op) {
                case EQ -> a == b ? 1L : 0L;
                case LT -> a < b ? 1L : 0L;
                case LE -> a <= b ? 1L : 0L;
                case FMA -> Math.fma(a, b, (double) x[2]);
                default -> real(op, a, b);
            };
        }
        long a = (long) x[0];
        long b = x.length > 1 ? (long) x[1] : 0;
        return switch (op) {
            case EQ -> a == b ? 1L : 0L;
            case LT -> a < b ? 1L : 0L;
            case LE -> a <= b ? 1L : 0L;
            case FMA -> wrap(c.dtype(), a * b + (long) x[2]);
            default -> c.dtype() == DType.BOOL ? logical(op, a, b) : wrap(c.dtype(), whole(op, c.dtype(), a, b));
        };
    }

    private static long logical(ScalarOp op, long a, long b) {
        return switch (op) {
            case ADD, OR, MAX -> a | b;
            case MUL, AND, MIN -> a & b;
            case XOR, SUB -> a ^ b;
            case POW -> b == 0 ? 1 : a;
            case NOT -> 1 - a;
            default -> throw new AssertionError(op);
        };
    }

    static Object cast(DType to, Object x) {
        if (to.isFloat()) {
            double v = x instanceof Double d ? d : (double) (long) x;
            return switch (to) {
                case F64 -> v;
                case F16 -> (double) Float.float16ToFloat(Float.floatToFloat16((float) v));
                case BF16 -> (double) HostArray.bf16ToFloat(HostArray.floatToBf16((float) v));
                default -> x instanceof Long l ? (double) (float) (long) l : (double) (float) v;
            };
        }
        if (to == DType.BOOL) {
            return x instanceof Double d ? (d != 0 ? 1L : 0L) : ((long) x != 0 ? 1L : 0L);
        }
        if (x instanceof Double d) {
            return wrap(to, (long) (double) d);
        }
        return wrap(to, (long) x);
    }

    static long wrap(DType d, long v) {
        return switch (d) {
            case I32 -> (int) v;
            case I16 -> (short) v;
            case I8 -> (byte) v;
            case U8 -> v & 0xff;
            default -> v;
        };
    }

    private static long whole(ScalarOp op, DType d, long a, long b) {
        int width = 8 * d.bytes();
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case SIGN -> Long.signum(a);
            case NOT -> ~a;
            case FLOOR, CEIL, ROUND, TRUNC -> a;
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case FMOD -> a % b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> b < 0 || b >= width ? 0 : a << b;
            case SHR -> a >> (b < 0 || b >= width ? width - 1 : b);
            case POW -> java.math.BigInteger.valueOf(a).pow((int) b).longValue();
            default -> throw new AssertionError(op);
        };
    }

    static double real(ScalarOp op, double a, double b) {
        return switch (op) {
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case EXP -> Math.exp(a);
            case LOG -> Math.log(a);
            case LOG1P -> Math.log1p(a);
            case EXPM1 -> Math.expm1(a);
            case SQRT -> Math.sqrt(a);
            case RSQRT -> 1 / Math.sqrt(a);
            case RECIP -> 1 / a;
            case SIN -> Math.sin(a);
            case COS -> Math.cos(a);
            case TAN -> Math.tan(a);
            case ASIN -> Math.asin(a);
            case ACOS -> Math.acos(a);
            case ATAN -> Math.atan(a);
            case SINH -> Math.sinh(a);
            case COSH -> Math.cosh(a);
            case TANH -> Math.tanh(a);
            case SIGMOID -> 1 / (1 + Math.exp(-a));
            case ERF -> erf(a);
            case FLOOR -> Math.floor(a);
            case CEIL -> Math.ceil(a);
            case ROUND -> Math.rint(a);
            case TRUNC -> a < 0 ? Math.ceil(a) : Math.floor(a);
            case SIGN -> a > 0 ? 1 : a < 0 ? -1 : 0;
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> a == 1 ? 1 : Math.pow(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case FMOD -> a % b;
            case ATAN2 -> Math.atan2(a, b);
            default -> throw new AssertionError(op);
        };
    }

    /** Composite Simpson rule on the defining integral. */
    private static double erf(double x) {
        if (Double.isNaN(x) || Math.abs(x) > 7) {
            return Double.isNaN(x) ? x : Math.signum(x);
        }
        int n = 2000;
        double h = x / n;
        double sum = 1 + Math.exp(-x * x);
        for (int i = 1; i < n; i++) {
            sum += (i % 2 == 1 ? 4 : 2) * Math.exp(-(i * h) * (i * h));
        }
        return 2 / Math.sqrt(Math.PI) * sum * h / 3;
    }
}
