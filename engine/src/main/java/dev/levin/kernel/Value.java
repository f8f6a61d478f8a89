package dev.levin.kernel;

import dev.levin.type.DType;
import java.util.List;

/**
 * One SSA value of a kernel. Operands are positions in {@link KernelSpec#values()} and always smaller than the value's
 * own. {@code dtype} is the type of the value in registers.
 *
 * <p>A value exists for every position of the domain it depends on. Emitters compute a value that depends on fewer axes
 * only as often as needed; that is never visible in the result.
 */
public sealed interface Value {
    DType dtype();

    /** Operands, as positions of earlier values. */
    default List<Integer> operands() {
        return List.of();
    }

    /** A literal. {@code bits} are {@link Double#doubleToRawLongBits} for floats, the value itself for ints and BOOL. */
    record Const(DType dtype, long bits) implements Value {
        public static Const of(DType dtype, double v) {
            return new Const(dtype, dtype.isFloat() ? Double.doubleToRawLongBits(v) : (long) v);
        }

        public double asDouble() {
            return dtype.isFloat() ? Double.longBitsToDouble(bits) : bits;
        }

        @Override
        public String toString() {
            return "const " + (dtype.isFloat() ? Double.toString(asDouble()) : Long.toString(bits));
        }
    }

    /** {@code u[slot]} of the launch's double block, converted to {@code dtype}. */
    record Uniform(DType dtype, int slot) implements Value {
        @Override
        public String toString() {
            return "uniform u[" + slot + "]";
        }
    }

    /** The value of an index map itself (IOTA): dtype I64 or I32. */
    record Index(DType dtype, int access) implements Value {
        @Override
        public String toString() {
            return "index @" + access;
        }
    }

    /**
     * 32 random bits, dtype I32: the word of element {@code e} of the draw {@code (seed, step, ordinal)}, where {@code e} is the value of the access and (seed, step) are the two I64
     * elements of {@code buffer}. See {@link Philox}.
     */
    record Random(int buffer, int ordinal, int access) implements Value {
        @Override
        public DType dtype() {
            return DType.I32;
        }

        @Override
        public String toString() {
            return "philox b" + buffer + " ordinal " + ordinal + " @" + access;
        }
    }

    /**
     * An element of a buffer. {@code dtype} is the buffer's, so an F16 load is a value of dtype F16 held in F32.
     *
     * @param fill value where a bound does not hold or, with {@link OutOfRange#FILL}, where a pick is out of range;
     *     encoded as in {@link Const}
     * @param picks integer values (I32 or I64) that select along {@link Access#picks()}, in order
     */
    record Load(DType dtype, int buffer, int access, long fill, List<Integer> picks, OutOfRange policy) implements Value {
        public Load {
            picks = List.copyOf(picks);
        }

        @Override
        public List<Integer> operands() {
            return picks;
        }

        public double fillAsDouble() {
            return dtype.isFloat() ? Double.longBitsToDouble(fill) : fill;
        }

        @Override
        public String toString() {
            return "load b" + buffer + " @" + access + (picks.isEmpty() ? "" : " pick " + picks + " " + policy)
                    + (fill == 0 ? "" : " fill " + fillAsDouble());
        }
    }

    /** A scalar function of earlier values. */
    record Compute(DType dtype, ScalarOp op, List<Integer> operands) implements Value {
        public Compute {
            operands = List.copyOf(operands);
            if (operands.size() != op.arity()) {
                throw new IllegalArgumentException(op + " takes " + op.arity() + " operands, got " + operands.size());
            }
        }

        @Override
        public String toString() {
            var s = new StringBuilder(op.toString());
            for (int i : operands) {
                s.append(" v").append(i);
            }
            return s.toString();
        }
    }

    /**
     * Fold of {@code operand} over all reduced axes; one value for each outer element. {@code dtype} is that of the
     * accumulator: that of the operand (for F16/BF16 operands F32), I64 for integer sums, I64 for ARGMAX and ARGMIN.
     */
    record Reduce(DType dtype, ReduceOp op, int operand) implements Value {
        @Override
        public List<Integer> operands() {
            return List.of(operand);
        }

        @Override
        public String toString() {
            return "reduce " + op + " v" + operand;
        }
    }

    /** What a gathering load does with an index outside {@code [0, extent)}. */
    enum OutOfRange {
        /** The kernel fails with an {@link IndexOutOfBoundsException} that names index and extent. */
        FAIL,
        /** The load yields its fill value. */
        FILL
    }
}
