package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.type.DType;
import org.apache.commons.numbers.gamma.Erf;
import org.apache.commons.numbers.gamma.Erfc;

/**
 * The functions of single elements, as PyTorch's CPU kernels define them, special values included: in double for every
 * float type, in long for integers and booleans. Results are rounded (or wrapped) by whoever stores them.
 */
public final class Scalars {
    private Scalars() {
    }

    /** A unary function of a float. {@code order} is the attribute of POLYGAMMA. */
    public static double unary(Op op, double x, int order) {
        return switch (op) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> x > 0 ? 1 : x < 0 ? -1 : 0;
            case RECIP -> 1 / x;
            case EXP -> Math.exp(x);
            case EXPM1 -> Math.expm1(x);
            case LOG -> Math.log(x);
            case LOG1P -> Math.log1p(x);
            case SQRT -> Math.sqrt(x);
            case RSQRT -> 1 / Math.sqrt(x);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TAN -> Math.tan(x);
            case ASIN -> Math.asin(x);
            case ACOS -> Math.acos(x);
            case ATAN -> Math.atan(x);
            case SINH -> Math.sinh(x);
            case COSH -> Math.cosh(x);
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case ERF -> Erf.value(x);
            case ERFC -> Erfc.value(x);
            case ERFINV -> Gamma.inverseErf(x);
            case LGAMMA -> Gamma.logGamma(x);
            case POLYGAMMA -> Gamma.polygamma(order, x);
            case FLOOR -> Math.floor(x);
            case CEIL -> Math.ceil(x);
            case TRUNC -> x < 0 ? Math.ceil(x) : Math.floor(x);
            case ROUND -> Math.rint(x);
            default -> throw undefined(op, "floats");
        };
    }

    /** A unary function of an integer, or of a boolean 0 or 1. */
    public static long unary(Op op, long x, DType dtype) {
        return switch (op) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Long.signum(x);
            case NOT -> dtype.isBool() ? 1 - x : ~x;
            default -> throw undefined(op, dtype.toString());
        };
    }

    /** A binary function of floats. */
    public static double binary(Op op, double a, double b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> power(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case FMOD -> a % b;
            case ATAN2 -> Math.atan2(a, b);
            default -> throw undefined(op, "floats");
        };
    }

    /**
     * A binary function of integers or booleans. Arithmetic on booleans is that of 0 and 1, stored as {@code != 0}.
     *
     * @throws ArithmeticException on division by zero
     */
    public static long binary(Op op, long a, long b, DType dtype) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / nonZero(op, a, b);
            case FMOD -> a % nonZero(op, a, b);
            case POW -> power(a, b);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> b < 0 || b >= bits(dtype) ? 0 : a << b;
            case SHR -> a >> (b < 0 || b >= bits(dtype) ? 63 : b);
            default -> throw undefined(op, dtype.toString());
        };
    }

    /** A comparison of floats; false if either is NaN. */
    public static boolean compare(Op op, double a, double b) {
        return switch (op) {
            case EQ -> a == b;
            case LT -> a < b;
            case LE -> a <= b;
            default -> throw undefined(op, "floats");
        };
    }

    /** A comparison of integers or booleans. */
    public static boolean compare(Op op, long a, long b) {
        return switch (op) {
            case EQ -> a == b;
            case LT -> a < b;
            case LE -> a <= b;
            default -> throw undefined(op, "integers");
        };
    }

    private static int bits(DType dtype) {
        return 8 * dtype.bytes();
    }

    private static long nonZero(Op op, long a, long b) {
        if (b == 0) {
            throw new ArithmeticException("integer " + op + " of " + a + " by zero; mask the divisor, or divide as floats");
        }
        return b;
    }

    /** C's {@code pow}, which differs from Java's where the base is 1 or -1 and the exponent NaN or infinite. */
    private static double power(double a, double b) {
        if (a == 1 || a == -1 && Double.isInfinite(b)) {
            return 1;
        }
        return Math.pow(a, b);
    }

    /** Wraps around; a negative exponent gives the truncated quotient 1 / a^-b (0 for a = 0). */
    private static long power(long a, long b) {
        if (b < 0) {
            return a == 1 ? 1 : a == -1 ? (b & 1) == 0 ? 1 : -1 : 0;
        }
        long result = 1;
        for (long square = a; b > 0; b >>= 1, square *= square) {
            if ((b & 1) == 1) {
                result *= square;
            }
        }
        return result;
    }

    private static IllegalArgumentException undefined(Op op, String what) {
        return new IllegalArgumentException(op + " is not defined for " + what);
    }
}
