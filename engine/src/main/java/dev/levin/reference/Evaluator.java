package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Evaluates one instruction on heap arrays. */
public final class Evaluator {
    private Evaluator() {
    }

    /**
     * The value of an instruction.
     *
     * @param in any instruction but INPUT, VARIABLE and SCALAR, whose values are bound, not computed
     * @param x values of its inputs, not written to; the result may be one of them (RESHAPE, barriers)
     * @param shapes shapes of its inputs
     * @throws IndexOutOfBoundsException naming index, axis and extent, for an index out of range
     * @throws ArithmeticException on integer division by zero, and for matrices a factorisation does not exist of
     */
    public static HostArray eval(Program.Instr in, HostArray[] x, Shape[] shapes) {
        return switch (in.op()) {
            case INPUT, VARIABLE, SCALAR -> throw new IllegalArgumentException(in.op()
                    + " is a leaf whose value is bound when the program runs; it can't be computed");
            case CONST -> Views.full(in.dtype(), in.shape(), in.attr()[0]);
            case IOTA -> iota(in);

            case NEG, ABS, SIGN, RECIP, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
                    TANH, SIGMOID, ERF, ERFC, ERFINV, LGAMMA, POLYGAMMA, FLOOR, CEIL, TRUNC, ROUND, NOT, CAST ->
                    Pointwise.unary(in, x[0]);
            case ADD, SUB, MUL, DIV, POW, MAX, MIN, FMOD, ATAN2, AND, OR, XOR, SHL, SHR -> Pointwise.binary(in, x[0], x[1]);
            case EQ, LT, LE -> Pointwise.compare(in, x[0], x[1]);
            case WHERE -> Pointwise.where(x[0], x[1], x[2]);

            case RESHAPE, PERMUTE, EXPAND, SLICE, PAD, CONCAT, UNFOLD -> Views.view(in, x, shapes);

            case SUM -> Reductions.reduce(in, Op.ADD, 0, 0, x[0], shapes[0]);
            case PROD -> Reductions.reduce(in, Op.MUL, 1, 1, x[0], shapes[0]);
            case REDUCE_MAX -> Reductions.reduce(in, Op.MAX, Double.NEGATIVE_INFINITY, Long.MIN_VALUE, x[0], shapes[0]);
            case REDUCE_MIN -> Reductions.reduce(in, Op.MIN, Double.POSITIVE_INFINITY, Long.MAX_VALUE, x[0], shapes[0]);
            case ARGMAX -> Reductions.argExtreme(in, false, x[0], shapes[0]);
            case ARGMIN -> Reductions.argExtreme(in, true, x[0], shapes[0]);

            case CUMSUM -> Reductions.scan(in, Op.ADD, x[0]);
            case CUMPROD -> Reductions.scan(in, Op.MUL, x[0]);
            case CUMMAX -> Reductions.scan(in, Op.MAX, x[0]);
            case CUMMIN -> Reductions.scan(in, Op.MIN, x[0]);
            case CUMLOGSUMEXP -> Reductions.logSumExp(in, x[0]);
            case CUMARGMAX -> Reductions.argScan(in, false, x[0]);
            case CUMARGMIN -> Reductions.argScan(in, true, x[0]);
            case ARGSORT -> Reductions.argSort(in, x[0]);

            case GATHER -> Indexing.gather(in, x[0], shapes[0], x[1], shapes[1]);
            case TAKE -> Indexing.take(in, x[0], shapes[0], x[1]);
            case INDEX_ADD -> Indexing.indexAdd(in, x[0], x[1], x[2]);
            case SCATTER -> Indexing.scatter(in, x[0], x[1], shapes[1], x[2], shapes[2]);
            case FOLD -> Indexing.fold(in, x[0], shapes[0]);

            case MATMUL -> Contractions.matmul(in, x[0], shapes[0], x[1]);
            case CONV, CONV_DGRAD, CONV_WGRAD -> Contractions.convolution(in, x, shapes);
            case POOL_MAX, POOL_ARGMAX -> Pooling.max(in, x[0], shapes[0]);
            case POOL_MAX_GRAD -> Pooling.maxGrad(in, x[0], x[1]);
            case POOL_SUM -> Pooling.sum(in, x[0], shapes[0]);
            case POOL_SUM_GRAD -> Pooling.sumGrad(in, x[0], shapes[0]);
            case LINALG -> Linalg.factor(in, x[0], shapes[0]);

            case RANDOM_BITS -> {
                long[] key = Values.longs(x[0]);
                yield Philox.words(key[0], key[1], in.attr(0), in.shape().numel());
            }
            case DETACH, CUSTOM -> x[0];
        };
    }

    private static HostArray iota(Program.Instr in) {
        long[] v = new long[Math.toIntExact(in.shape().numel())];
        for (int i = 0; i < v.length; i++) {
            v[i] = i;
        }
        if (in.dtype().isFloat()) {
            double[] d = new double[v.length];
            for (int i = 0; i < d.length; i++) {
                d[i] = i;
            }
            return Values.of(in.dtype(), d);
        }
        return Values.of(in.dtype(), v);
    }
}
