package dev.levin.kernel.cuda;

import dev.levin.type.DType;

/** Names of the C++ types that hold elements, in generated kernels and in hand-written ones. */
public final class Types {
    private Types() {
    }

    /** In memory. */
    public static String memory(DType d) {
        return switch (d) {
            case F32 -> "float";
            case F64 -> "double";
            case F16 -> "f16";
            case BF16 -> "bf16";
            case I64 -> "i64";
            case I32 -> "int";
            case I16 -> "short";
            case I8 -> "signed char";
            case U8 -> "unsigned char";
            case BOOL -> "truth";
        };
    }

    /** In registers. */
    static String register(DType d) {
        return switch (d) {
            case F32, F16, BF16 -> "float";
            case F64 -> "double";
            case I64 -> "i64";
            case I32, I16, I8, U8 -> "int";
            case BOOL -> "bool";
        };
    }

    /** A literal of the register type; {@code bits} as in {@link dev.levin.kernel.Value.Const}. */
    static String literal(DType d, long bits) {
        if (d == DType.BOOL) {
            return bits != 0 ? "true" : "false";
        }
        if (!d.isFloat()) {
            return d == DType.I64 ? bits == Long.MIN_VALUE ? "(-9223372036854775807LL - 1)" : bits + "LL"
                    : (int) bits == Integer.MIN_VALUE ? "(-2147483647 - 1)" : Integer.toString((int) bits);
        }
        double v = Double.longBitsToDouble(bits);
        if (d == DType.F64) {
            return Double.isFinite(v) ? Double.toHexString(v) : "f64_bits(" + Double.doubleToRawLongBits(v) + "LL)";
        }
        float f = (float) v;
        return Float.isFinite(f) ? Float.toHexString(f) + "f" : "f32_bits(0x" + Integer.toHexString(Float.floatToRawIntBits(f)) + "u)";
    }
}
