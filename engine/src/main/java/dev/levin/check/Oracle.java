package dev.levin.check;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScatterMode;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What a sample's results are, and how far rounding moves them.
 *
 * <p>A device may round at other places than the interpreter: fused functions keep more digits, sums have another order,
 * exp has another last bit. So the program is also run with every inexact instruction's result, and the operands of sums
 * and of library functions, moved at random by a few units of their last place: how much a result moves then is what it
 * may differ by, whether the program is conditioned well or badly. 16-bit floats keep F32 digits between some
 * instructions, as they do inside fused kernels. Instructions whose result is exact (views, maxima, sums of small
 * integers) are not moved, so that ties and comparisons stay comparable.
 *
 * <p>Random moves seldom meet the one rounding that decides a comparison, a floor or on which side of a pole a value lies.
 * What they leave open is settled by the {@link Enclosure}, which knows all that rounding can do.
 */
final class Oracle {
    static final Set<Op> EXACT = EnumSet.of(Op.CONST, Op.IOTA, Op.NEG, Op.ABS, Op.SIGN, Op.FLOOR, Op.CEIL, Op.TRUNC,
            Op.ROUND, Op.NOT, Op.MAX, Op.MIN, Op.FMOD, Op.EQ, Op.LT, Op.LE, Op.AND, Op.OR, Op.XOR, Op.SHL, Op.SHR, Op.WHERE, Op.RESHAPE,
            Op.PERMUTE, Op.EXPAND, Op.SLICE, Op.PAD, Op.CONCAT, Op.UNFOLD, Op.REDUCE_MAX, Op.REDUCE_MIN, Op.ARGMAX, Op.ARGMIN, Op.CUMMAX,
            Op.CUMMIN, Op.CUMARGMAX, Op.CUMARGMIN, Op.GATHER, Op.TAKE, Op.ARGSORT, Op.POOL_MAX, Op.POOL_ARGMAX, Op.RANDOM_BITS);
    /** Exact while operands and result are integers that the type represents. Libraries make window sums from averages, so not those. */
    private static final Set<Op> EXACT_ON_INTEGERS = EnumSet.of(Op.ADD, Op.SUB, Op.MUL, Op.CAST, Op.SUM, Op.PROD, Op.CUMSUM, Op.CUMPROD,
            Op.SCATTER, Op.INDEX_ADD, Op.FOLD, Op.MATMUL, Op.CONV, Op.CONV_DGRAD, Op.CONV_WGRAD, Op.POOL_MAX_GRAD);

    /** Rounded once, correctly: only the result is moved. */
    private static final Set<Op> ROUNDED = EnumSet.of(Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.RECIP, Op.SQRT, Op.CAST);

    private final Sample sample;
    private final int runs;
    private final List<HostArray> exact;

    Oracle(Sample sample, int runs) {
        this.sample = sample;
        this.runs = runs;
        this.exact = evaluate(null);
    }

    /** Outputs of every run, then the final values of the assigned variables. */
    List<HostArray> exact() {
        return exact;
    }

    /** Where each of them can be at the most. */
    List<Span> enclosure() {
        return Enclosure.of(sample, runs);
    }

    /** The same, moved. */
    List<HostArray> moved(long seed, double units) {
        RandomGenerator random = new SplittableRandom(seed);
        return evaluate(new Noise(random, units, 0.5 * random.nextInt(3)));
    }

    /** @param rounding how many 16-bit results in one are rounded to 16 bits: none, half of them or all */
    private record Noise(RandomGenerator random, double units, double rounding) {
    }

    private List<HostArray> evaluate(Noise noise) {
        Program p = sample.program();
        HostArray[] leaves = sample.leaves().stream().map(Sample.Leaf::value).toArray(HostArray[]::new);
        List<HostArray> results = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            HostArray[] values = new HostArray[p.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = instruction(p, i, values, leaves, noise);
            }
            for (int out : p.outputs()) {
                results.add(as(p.instr(out).dtype(), values[out]));
            }
            for (Program.Assign a : p.assigns()) {
                leaves[a.slot()] = as(p.instr(a.value()).dtype(), values[a.value()]);
            }
        }
        for (Program.Assign a : p.assigns()) {
            results.add(leaves[a.slot()]);
        }
        return results;
    }

    private static HostArray instruction(Program p, int i, HostArray[] values, HostArray[] leaves, Noise noise) {
        Program.Instr in = p.instr(i);
        if (noise != null && in.dtype().isHalf() && in.op() == Op.CAST) {
            DType from = p.instr(in.inputs()[0]).dtype();
            if (from.isFloat() && from != DType.F64) {
                // Rounds to the nearest, whatever else a kernel keeps in F32.
                return as(DType.F32, as(in.dtype(), values[in.inputs()[0]]));
            }
        }
        if (noise != null && in.dtype().isHalf()) {
            Program.Instr wide = new Program.Instr(in.op(), in.attr(), DType.F32, in.shape(), in.inputs(), in.path(), in.origin());
            HostArray y = evaluate(p, wide, in.dtype(), values, leaves, noise);
            boolean rounds = in.op() == Op.CAST || in.op().kind() == Op.Kind.LEAF || noise.random.nextDouble() < noise.rounding;
            return rounds ? as(DType.F32, as(in.dtype(), y)) : y;
        }
        return evaluate(p, in, in.dtype(), values, leaves, noise);
    }

    static HostArray as(DType dtype, HostArray h) {
        if (h.dtype() == dtype) {
            return h;
        }
        HostArray out = HostArray.allocate(dtype, h.length());
        for (int i = 0; i < out.length(); i++) {
            out.setDouble(i, h.getDouble(i));
        }
        return out;
    }

    /** @param type dtype of the program's instruction, where {@code in} computes in a wider one */
    private static HostArray evaluate(Program p, Program.Instr in, DType type, HostArray[] values, HostArray[] leaves,
            Noise noise) {
        if (in.op() == Op.INPUT || in.op() == Op.VARIABLE) {
            return as(in.dtype(), leaves[in.attr(0)]);
        }
        if (in.op() == Op.SCALAR) {
            HostArray s = HostArray.allocate(in.dtype(), 1);
            s.setDouble(0, leaves[in.attr(0)].getDouble(0));
            return s;
        }
        int n = in.inputs().length;
        HostArray[] x = new HostArray[n];
        Shape[] shapes = new Shape[n];
        boolean integers = true;
        for (int k = 0; k < n; k++) {
            Program.Instr from = p.instr(in.inputs()[k]);
            x[k] = values[in.inputs()[k]];
            shapes[k] = from.shape();
            integers &= noise == null || isIntegral(x[k], from.dtype());
        }
        boolean fixed = noise == null || EXACT.contains(in.op()) || integers && EXACT_ON_INTEGERS.contains(in.op()) || isChoice(in);
        if (fixed) {
            HostArray y = Evaluator.eval(in, x, shapes);
            boolean stays = noise == null || !type.isFloat() || EXACT.contains(in.op()) || isChoice(in) || isIntegral(y, type);
            return zeroSigns(in, stays ? y : move(y, type, noise), noise);
        }
        for (int k = 0; k < n && !ROUNDED.contains(in.op()); k++) {
            x[k] = move(x[k], p.instr(in.inputs()[k]).dtype(), noise);
        }
        return move(Evaluator.eval(in, x, shapes), type, noise);
    }

    private static boolean isChoice(Program.Instr in) {
        return in.op() == Op.SCATTER && in.attr(1) != ScatterMode.ADD.ordinal() && in.attr(1) != ScatterMode.MUL.ordinal();
    }

    /** Which zero an instruction gives is not promised; copies of values keep theirs. */
    private static HostArray zeroSigns(Program.Instr in, HostArray y, Noise noise) {
        if (noise == null || !in.dtype().isFloat() || in.op().kind() == Op.Kind.VIEW || in.op().kind() == Op.Kind.LEAF) {
            return y;
        }
        HostArray out = y;
        for (int i = 0; i < y.length(); i++) {
            if (y.getDouble(i) == 0 && noise.random.nextBoolean()) {
                out = out == y ? y.copy() : out;
                out.setDouble(i, -y.getDouble(i));
            }
        }
        return out;
    }

    private static boolean isIntegral(HostArray h, DType type) {
        if (!h.dtype().isFloat()) {
            return true;
        }
        double limit = 1 / unit(type);
        for (int i = 0; i < h.length(); i++) {
            double v = h.getDouble(i);
            if (!(v == Math.rint(v) && Math.abs(v) < limit)) {
                return false;
            }
        }
        return true;
    }

    private static HostArray move(HostArray h, DType type, Noise noise) {
        if (!h.dtype().isFloat()) {
            return h;
        }
        HostArray out = HostArray.allocate(h.dtype(), h.length());
        RandomGenerator random = noise.random;
        double size = noise.units * unit(type);
        double smallest = smallest(type.isHalf() && noise.rounding == 0 ? DType.F32 : type);
        // Equal elements round alike.
        boolean together = random.nextBoolean();
        double common = 2 * random.nextDouble() - 1;
        for (int i = 0; i < h.length(); i++) {
            double v = h.getDouble(i);
            double by = together ? common : 2 * random.nextDouble() - 1;
            double moved = v * (1 + size * by);
            // Near the smallest normal number units are absolute, and a device may flush to zero.
            boolean tiny = Math.abs(v) < smallest / unit(type);
            double shifted = tiny ? moved + by * smallest : moved;
            boolean zero = shifted * v <= 0 || Math.abs(v) < 4 * smallest && random.nextBoolean();
            out.setDouble(i, zero ? random.nextBoolean() ? 0.0 : -0.0 : shifted);
        }
        return out;
    }

    /** Half the distance of 1 to the next number. */
    static double unit(DType dtype) {
        return switch (dtype) {
            case F64 -> 0x1p-53;
            case F32 -> 0x1p-24;
            case F16 -> 0x1p-11;
            default -> 0x1p-8;
        };
    }

    /** Below this, results of one device may be flushed to zero. */
    static double smallest(DType dtype) {
        return switch (dtype) {
            case F64 -> Double.MIN_NORMAL;
            case F16 -> 0x1p-24;
            default -> Float.MIN_NORMAL;
        };
    }
}
