package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.ScatterMode;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Where rounding can take a sample's results at the most: the program run on {@link Span spans}.
 *
 * <p>Every rounded instruction widens its span by what a device may round; one that decides (a comparison, a floor, an
 * index of a maximum, a pole, the end of a domain) gives all its possible results if the deciding value's span holds both
 * sides, and one for certain otherwise. So a result outside its span is wrong, whatever was rounded on the way.
 */
final class Enclosure {
    /** An index that may be one of so many is followed to each of them. */
    private static final int INDICES = 32;

    private final Program p;
    private final Span[] values;

    private Enclosure(Program p) {
        this.p = p;
        this.values = new Span[p.size()];
    }

    /** Spans of the outputs of every run, then of the final values of the assigned variables. */
    static List<Span> of(Sample sample, int runs) {
        Program p = sample.program();
        Span[] leaves = sample.leaves().stream().map(l -> Span.of(l.value())).toArray(Span[]::new);
        List<Span> results = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            Span[] values = run(p, leaves);
            for (int out : p.outputs()) {
                results.add(values[out].stored());
            }
            for (Program.Assign a : p.assigns()) {
                leaves[a.slot()] = values[a.value()].stored();
            }
        }
        for (Program.Assign a : p.assigns()) {
            results.add(leaves[a.slot()]);
        }
        return results;
    }

    /** Spans of all instructions. */
    static Span[] run(Program p, Span[] leaves) {
        var e = new Enclosure(p);
        for (int i = 0; i < e.values.length; i++) {
            e.values[i] = e.instruction(p.instr(i), leaves);
        }
        return e.values;
    }

    private Span instruction(Instr in, Span[] leaves) {
        int n = in.inputs().length;
        Span[] x = new Span[n];
        Shape[] s = new Shape[n];
        for (int k = 0; k < n; k++) {
            x[k] = values[in.inputs()[k]];
            s[k] = p.instr(in.inputs()[k]).shape();
        }
        return switch (in.op()) {
            case INPUT, VARIABLE -> leaves[in.attr(0)];
            case SCALAR -> Span.of(Oracle.as(in.dtype(), leaves[in.attr(0)].lo()));
            case CONST, IOTA -> Span.of(Evaluator.eval(in, new HostArray[0], s));
            case DETACH, CUSTOM -> x[0];
            case RANDOM_BITS -> isCertain(x[0]) ? Span.of(Evaluator.eval(in, new HostArray[] {x[0].lo()}, s)) : any(in);
            case WHERE -> SpanFunctions.of(in, new Span[] {x[0], numbers(in, x), x[2]}, false);
            case RESHAPE, PERMUTE, EXPAND, SLICE, PAD, CONCAT, UNFOLD -> new Span(in.dtype(), ends(in, x, s, false), ends(in, x, s, true));
            // Both ends grow with the operands.
            case REDUCE_MAX, REDUCE_MIN, CUMMAX, CUMMIN, POOL_MAX -> x[0].both(in.dtype(), end -> Evaluator.eval(wide(in), new HostArray[] {end}, s));
            case SUM, CUMSUM, FOLD, POOL_SUM, POOL_SUM_GRAD -> SpanSums.linear(in, x, s);
            case PROD, CUMPROD -> SpanSums.product(in, x, s);
            case CUMLOGSUMEXP -> SpanSums.logSum(in, x, s);
            case MATMUL, CONV, CONV_DGRAD, CONV_WGRAD -> SpanSums.bilinear(in, x, s);
            case ARGMAX, ARGMIN -> SpanChoices.arg(in, x[0], s[0]);
            case CUMARGMAX, CUMARGMIN -> SpanChoices.running(in, x[0]);
            case ARGSORT -> {
                HostArray foremost = in.attr(1) == 1 ? x[0].hi() : x[0].lo();
                yield SpanChoices.sort(in, x[0], Span.of(Evaluator.eval(in, new HostArray[] {foremost}, s)));
            }
            case POOL_ARGMAX -> SpanChoices.pool(in, x[0], s[0]);
            case POOL_MAX_GRAD -> SpanChoices.poolGrad(in, x[0], x[1], s[1]);
            case GATHER, TAKE -> picked(in, x, s);
            case INDEX_ADD -> isCertain(x[1]) ? SpanSums.linear(in, x, s) : any(in);
            case SCATTER -> scattered(in, x, s);
            case LINALG -> any(in);
            default -> SpanFunctions.of(in, x, n == 2 && in.inputs()[0] == in.inputs()[1]);
        };
    }

    /** The first choice of {@code where(x == x, x, other)}, which is never NaN. */
    private Span numbers(Instr in, Span[] x) {
        Instr condition = p.instr(in.inputs()[0]);
        int chosen = in.inputs()[1];
        if (condition.op() != Op.EQ || condition.inputs()[0] != chosen || condition.inputs()[1] != chosen || !in.dtype().isFloat()) {
            return x[1];
        }
        Span out = new Span(in.dtype(), x[1].length());
        for (int i = 0; i < out.length(); i++) {
            boolean any = x[1].isAny(i);
            out.put(i, any ? Double.NEGATIVE_INFINITY : x[1].low(i), any ? Double.POSITIVE_INFINITY : x[1].high(i));
        }
        return out;
    }

    private static Instr wide(Instr in) {
        return new Instr(in.op(), in.attr(), Span.carrier(in.dtype()), in.shape(), in.inputs(), in.path(), in.origin());
    }

    private static HostArray ends(Instr in, Span[] x, Shape[] s, boolean high) {
        HostArray[] ends = new HostArray[x.length];
        for (int k = 0; k < x.length; k++) {
            ends[k] = high ? x[k].hi() : x[k].lo();
        }
        return Evaluator.eval(wide(in), ends, s);
    }

    private static Span any(Instr in) {
        Span out = new Span(in.dtype(), (int) in.shape().numel());
        for (int i = 0; i < out.length(); i++) {
            out.putAny(i);
        }
        return out;
    }

    private static boolean isCertain(Span s) {
        for (int i = 0; i < s.length(); i++) {
            if (!s.isPoint(i)) {
                return false;
            }
        }
        return true;
    }

    /** GATHER and TAKE: whatever lies where the index may point. */
    private static Span picked(Instr in, Span[] x, Shape[] s) {
        int extent = s[0].rank() == 0 ? 1 : s[0].dim(in.attr(0));
        HostArray index = x[1].lo();
        long widest = 0;
        for (int i = 0; i < index.length(); i++) {
            widest = Math.max(widest, x[1].isAny(i) ? extent - 1 : x[1].hi().getLong(i) - index.getLong(i));
        }
        if (widest >= INDICES) {
            return any(in);
        }
        Span out = null;
        for (long by = 0; by <= widest; by++) {
            HostArray at = index.copy();
            for (int i = 0; i < at.length(); i++) {
                long last = Math.min(x[1].hi().getLong(i), extent - 1);
                at.setLong(i, Math.max(0, Math.min(Math.max(index.getLong(i), 0) + by, last)));
            }
            UnaryOperator<HostArray> pick = end -> Evaluator.eval(wide(in), new HostArray[] {end, at}, s);
            Span found = x[0].both(in.dtype(), pick);
            out = out == null ? found : hull(out, found);
        }
        return out;
    }

    private static Span hull(Span a, Span b) {
        Span out = new Span(a.type(), a.length());
        for (int i = 0; i < out.length(); i++) {
            if (a.isAny(i) || b.isAny(i) || a.isNaN(i) != b.isNaN(i)) {
                out.putAny(i);
            } else if (!a.type().isFloat() && a.isPoint(i) && b.isPoint(i) && a.lo().getLong(i) == b.lo().getLong(i)) {
                out.putPoint(i, a.lo().getLong(i));
            } else {
                out.put(i, Math.min(a.low(i), b.low(i)), Math.max(a.high(i), b.high(i)));
            }
        }
        return out;
    }

    private static Span scattered(Instr in, Span[] x, Shape[] s) {
        if (!isCertain(x[1])) {
            return any(in);
        }
        return switch (ScatterMode.values()[in.attr(1)]) {
            case SET, MAX, MIN -> {
                Span ends = new Span(in.dtype(), ends(in, x, s, false), ends(in, x, s, true));
                yield ends.both(in.dtype(), end -> end);
            }
            case ADD -> SpanSums.linear(in, x, s);
            case MUL -> SpanSums.product(in, x, s);
        };
    }

    /** Whether a device may have this result. */
    static boolean holds(Span s, int i, HostArray have) {
        DType type = s.type();
        if (!type.isFloat()) {
            return s.lo().getLong(i) <= have.getLong(i) && have.getLong(i) <= s.hi().getLong(i);
        }
        double v = have.getDouble(i);
        if (v != v || s.isAny(i)) {
            return s.isNaN(i) || s.isAny(i);
        }
        double slack = 2 * Oracle.unit(type);
        double tiny = 4 * Oracle.smallest(type);
        return v >= s.low(i) - (Double.isInfinite(s.low(i)) ? 0 : slack * Math.abs(s.low(i)) + tiny)
                && v <= s.high(i) + (Double.isInfinite(s.high(i)) ? 0 : slack * Math.abs(s.high(i)) + tiny);
    }
}
