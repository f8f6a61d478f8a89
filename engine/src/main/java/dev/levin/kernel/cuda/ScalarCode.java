package dev.levin.kernel.cuda;

import dev.levin.kernel.ScalarOp;
import dev.levin.type.DType;

/** Scalar functions as C++ expressions over registers. */
final class ScalarCode {
    private ScalarCode() {
    }

    /**
     * @param type dtype of the result
     * @param from dtype of the first operand
     * @param x names of the operands
     */
    static String expression(ScalarOp op, DType type, DType from, String... x) {
        return switch (op) {
            case CAST -> cast(type, from, x[0]);
            case WHERE -> x[0] + " ? " + x[1] + " : " + x[2];
            case EQ -> x[0] + " == " + x[1];
            case LT -> x[0] + " < " + x[1];
            case LE -> x[0] + " <= " + x[1];
            default -> type == DType.BOOL ? logical(op, x) : type.isFloat() ? real(op, type == DType.F64, x) : wrap(type, integer(op, type, x));
        };
    }

    private static String logical(ScalarOp op, String... x) {
        return switch (op) {
            case ADD, MAX, OR -> x[0] + " || " + x[1];
            case MUL, MIN, AND -> x[0] + " && " + x[1];
            case SUB, XOR -> x[0] + " != " + x[1];
            case POW -> x[0] + " || !" + x[1];
            case NOT -> "!" + x[0];
            case NEG, ABS, SIGN, FLOOR, CEIL, ROUND, TRUNC -> x[0];
            default -> throw unsupported(op, DType.BOOL);
        };
    }

    private static String integer(ScalarOp op, DType type, String... x) {
        String zero = type == DType.I64 ? "0LL" : "0";
        int width = 8 * type.bytes();
        return switch (op) {
            case NEG -> "sub(" + zero + ", " + x[0] + ")";
            case ABS -> x[0] + " < 0 ? sub(" + zero + ", " + x[0] + ") : " + x[0];
            case SIGN -> "sign(" + x[0] + ")";
            case NOT -> "~" + x[0];
            case FLOOR, CEIL, ROUND, TRUNC -> x[0];
            case ADD, SUB, MUL -> op + "(" + x[0] + ", " + x[1] + ")";
            case DIV -> "divide(" + x[0] + ", " + x[1] + ")";
            case FMOD -> "rest(" + x[0] + ", " + x[1] + ")";
            case FMA -> "add(mul(" + x[0] + ", " + x[1] + "), " + x[2] + ")";
            case MAX -> "larger(" + x[0] + ", " + x[1] + ")";
            case MIN -> "smaller(" + x[0] + ", " + x[1] + ")";
            case AND -> x[0] + " & " + x[1];
            case OR -> x[0] + " | " + x[1];
            case XOR -> x[0] + " ^ " + x[1];
            case POW -> "power(" + x[0] + ", " + x[1] + ")";
            case SHL -> "shift_left(" + x[0] + ", " + x[1] + ", " + width + ")";
            case SHR -> "shift_right(" + x[0] + ", " + x[1] + ", " + width + ")";
            default -> throw unsupported(op, type);
        };
    }

    private static String wrap(DType type, String e) {
        return switch (type) {
            case U8 -> "wrap_u8(" + e + ")";
            case I8 -> "wrap_i8(" + e + ")";
            case I16 -> "wrap_i16(" + e + ")";
            default -> e;
        };
    }

    private static String real(ScalarOp op, boolean wide, String... x) {
        String f = wide ? "" : "f";
        String one = wide ? "1.0" : "1.0f";
        return switch (op) {
            case NEG -> "-" + x[0];
            case ABS -> "fabs" + f + "(" + x[0] + ")";
            case SQRT -> "sqrt" + f + "(" + x[0] + ")";
            case RSQRT -> one + " / sqrt" + f + "(" + x[0] + ")";
            case RECIP -> one + " / " + x[0];
            case SIGN -> "sign(" + x[0] + ")";
            case ADD -> x[0] + " + " + x[1];
            case SUB -> x[0] + " - " + x[1];
            case MUL -> x[0] + " * " + x[1];
            case DIV -> x[0] + " / " + x[1];
            case MAX -> "larger(" + x[0] + ", " + x[1] + ")";
            case MIN -> "smaller(" + x[0] + ", " + x[1] + ")";
            case FMA -> "fma" + f + "(" + x[0] + ", " + x[1] + ", " + x[2] + ")";
            case ROUND -> "rint" + f + "(" + x[0] + ")";
            case SIGMOID, DIGAMMA -> op + "(" + x[0] + ")";
            case EXP, LOG, LOG1P, EXPM1, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ERF, ERFC, LGAMMA, ERFINV, FLOOR, CEIL,
                    TRUNC -> op + f + "(" + x[0] + ")";
            case POW, FMOD, ATAN2 -> op + f + "(" + x[0] + ", " + x[1] + ")";
            default -> throw unsupported(op, wide ? DType.F64 : DType.F32);
        };
    }

    static String cast(DType to, DType from, String a) {
        if (to == DType.BOOL) {
            return from == DType.BOOL ? a : a + " != 0";
        }
        if (to == DType.BF16 && from != DType.BF16) {
            return "round_bf16((float) " + a + ")";
        }
        if (to == DType.F16 && from != DType.F16) {
            return "round_f16((float) " + a + ")";
        }
        if (to.isFloat()) {
            return "(" + Types.register(to) + ") " + a;
        }
        // through 64 bits, so that what does not fit wraps
        String wide = from.isFloat() ? "to_i64(" + a + ")" : a;
        return wrap(to, "(" + Types.register(to) + ") " + wide);
    }

    private static UnsupportedOperationException unsupported(ScalarOp op, DType type) {
        return new UnsupportedOperationException(op + " is not defined for " + type + "; cast the operands first");
    }
}
