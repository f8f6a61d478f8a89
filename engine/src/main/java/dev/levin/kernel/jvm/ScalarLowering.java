package dev.levin.kernel.jvm;

import dev.levin.kernel.ScalarOp;
import dev.levin.kernel.jvm.Micro.Op;
import dev.levin.type.DType;

/** Turns one scalar function of a kernel body into machine-level instructions. */
final class ScalarLowering {
    private final Code k;
    private final F32Math f32;

    ScalarLowering(Code code) {
        k = code;
        f32 = new F32Math(code);
    }

    /**
     * @param type dtype of the result
     * @param from dtype of the first operand
     * @param x operands, in registers
     */
    int lower(ScalarOp op, DType type, DType from, int... x) {
        return switch (op) {
            case CAST -> cast(type, from, x[0]);
            case WHERE -> k.select(x[0], x[1], x[2]);
            case EQ, LT, LE -> compare(op, x[0], x[1]);
            default -> type == DType.BOOL ? logical(op, x) : type.isFloat() ? real(op, x) : wrap(type, integer(op, type, x));
        };
    }

    private int compare(ScalarOp op, int a, int b) {
        if (k.kind(a) != Kind.M) {
            return k.bin(op == ScalarOp.EQ ? Op.EQ : op == ScalarOp.LT ? Op.LT : Op.LE, a, b);
        }
        return switch (op) {
            case EQ -> k.not(k.xor(a, b));
            case LT -> k.and(k.not(a), b);
            default -> k.or(k.not(a), b);
        };
    }

    private int logical(ScalarOp op, int... x) {
        return switch (op) {
            case ADD, MAX, OR -> k.or(x[0], x[1]);
            case MUL, MIN, AND -> k.and(x[0], x[1]);
            case SUB, XOR -> k.xor(x[0], x[1]);
            case POW -> k.or(x[0], k.not(x[1]));
            case NOT -> k.not(x[0]);
            case NEG, ABS, SIGN, FLOOR, CEIL, ROUND, TRUNC -> x[0];
            default -> throw unsupported(op, DType.BOOL);
        };
    }

    private int integer(ScalarOp op, DType type, int... x) {
        int a = x[0];
        int b = x.length > 1 ? x[1] : -1;
        int zero = k.literal(k.kind(a), 0);
        int width = 8 * type.bytes();
        return switch (op) {
            case NEG -> k.sub(zero, a);
            case ABS -> k.un(Op.ABS, a);
            case SIGN -> k.select(k.lt(zero, a), k.literal(k.kind(a), 1), k.select(k.lt(a, zero), k.literal(k.kind(a), -1), zero));
            case NOT -> k.xor(a, k.literal(k.kind(a), -1));
            case FLOOR, CEIL, ROUND, TRUNC -> a;
            case ADD -> k.add(a, b);
            case SUB -> k.sub(a, b);
            case MUL -> k.mul(a, b);
            case DIV -> k.div(a, b);
            case FMOD -> k.bin(Op.REM, a, b);
            case FMA -> k.add(k.mul(a, b), x[2]);
            case MAX -> k.bin(Op.MAX, a, b);
            case MIN -> k.bin(Op.MIN, a, b);
            case AND -> k.and(a, b);
            case OR -> k.or(a, b);
            case XOR -> k.xor(a, b);
            case POW -> k.call("pow", a, b);
            case SHL -> k.select(inWidth(b, width), k.bin(Op.SHL, a, b), zero);
            case SHR -> k.bin(Op.SHR, a, k.select(inWidth(b, width), b, k.literal(k.kind(a), width - 1)));
            default -> throw unsupported(op, type);
        };
    }

    private int inWidth(int count, int width) {
        return k.and(k.le(k.literal(k.kind(count), 0), count), k.lt(count, k.literal(k.kind(count), width)));
    }

    private int wrap(DType type, int a) {
        return switch (type) {
            case U8 -> k.and(a, k.i(0xff));
            case I8 -> k.shift(Op.SHR, k.shift(Op.SHL, a, 24), 24);
            case I16 -> k.shift(Op.SHR, k.shift(Op.SHL, a, 16), 16);
            default -> a;
        };
    }

    private int real(ScalarOp op, int... x) {
        int a = x[0];
        int b = x.length > 1 ? x[1] : -1;
        Kind kind = k.kind(a);
        boolean single = kind == Kind.F;
        int zero = k.literal(kind, 0);
        int one = k.literal(kind, 1);
        return switch (op) {
            case NEG -> k.un(Op.NEG, a);
            case ABS -> k.un(Op.ABS, a);
            case SQRT -> k.un(Op.SQRT, a);
            case RSQRT -> k.div(one, k.un(Op.SQRT, a));
            case RECIP -> k.div(one, a);
            case SIGN -> k.select(k.lt(zero, a), one, k.select(k.lt(a, zero), k.literal(kind, -1), zero));
            case ADD -> k.add(a, b);
            case SUB -> k.sub(a, b);
            case MUL -> k.mul(a, b);
            case DIV -> k.div(a, b);
            // literals second, where vector code looks for them
            case MAX -> k.isLiteral(a) ? k.bin(Op.MAX, b, a) : k.bin(Op.MAX, a, b);
            case MIN -> k.isLiteral(a) ? k.bin(Op.MIN, b, a) : k.bin(Op.MIN, a, b);
            case FMA -> k.fma(a, b, x[2]);
            case EXP -> single ? f32.exp(a) : call(op, a, b);
            case LOG -> single ? f32.log(a) : call(op, a, b);
            case LOG1P -> single ? f32.log1p(a) : call(op, a, b);
            case EXPM1 -> single ? f32.expm1(a) : call(op, a, b);
            case TANH -> single ? f32.tanh(a) : call(op, a, b);
            case SIGMOID -> single ? f32.sigmoid(a) : call(op, a, b);
            case ERF -> single ? f32.erf(a) : call(op, a, b);
            case FLOOR -> single ? f32.floor(a) : call(op, a, b);
            case CEIL -> single ? f32.ceil(a) : call(op, a, b);
            case ROUND -> single ? f32.round(a) : call(op, a, b);
            case TRUNC -> single ? f32.trunc(a) : call(op, a, b);
            case SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ERFC, LGAMMA, DIGAMMA, POLYGAMMA, ERFINV, POW, FMOD, ATAN2 -> call(op, a, b);
            default -> throw unsupported(op, single ? DType.F32 : DType.F64);
        };
    }

    private int call(ScalarOp op, int a, int b) {
        return k.call(op.toString(), a, b);
    }

    private int cast(DType to, DType from, int a) {
        Kind have = k.kind(a);
        if (to == DType.BOOL) {
            return have == Kind.M ? a : k.not(k.eq(a, k.literal(have, 0)));
        }
        if (to == DType.BF16 && from != DType.BF16) {
            return f32.roundToBf16(k.convert(Kind.F, a));
        }
        if (to == DType.F16 && from != DType.F16) {
            return f32.roundToF16(k.convert(Kind.F, a));
        }
        // through I64, so that what does not fit wraps
        int b = have.isFloat() && to.isInt() ? k.convert(Kind.L, a) : a;
        return wrap(to, k.convert(Kind.of(to), b));
    }

    /** Register value of a memory element whose raw bits (1 and 2 bytes zero-extended) are in {@code raw}. */
    int fromMemory(DType type, int raw) {
        return switch (type) {
            case BF16 -> f32.fromBf16(raw);
            case F16 -> f32.fromF16(raw);
            case BOOL -> k.not(k.eq(raw, k.i(0)));
            default -> wrap(type, raw);
        };
    }

    /** Raw bits to store for a register value. */
    int toMemory(DType type, int a) {
        return switch (type) {
            case BF16 -> f32.toBf16(a);
            case F16 -> f32.toF16(a);
            case BOOL -> k.convert(Kind.I, a);
            default -> a;
        };
    }

    private static UnsupportedOperationException unsupported(ScalarOp op, DType type) {
        return new UnsupportedOperationException(op + " is not defined for " + type + "; cast the operands first");
    }
}
