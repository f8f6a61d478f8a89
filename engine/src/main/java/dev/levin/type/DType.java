package dev.levin.type;

import java.util.Locale;

/**
 * Element type of a tensor. Names, categories and the promotion rule are PyTorch's.
 *
 * <p>F16 and BF16 values are computed in F32 and rounded (to nearest, ties to even) once, when stored.
 */
public enum DType {
    BOOL(1, Kind.BOOL, "bool"),
    U8(1, Kind.INT, "uint8"),
    I8(1, Kind.INT, "int8"),
    I16(2, Kind.INT, "int16"),
    I32(4, Kind.INT, "int32"),
    I64(8, Kind.INT, "int64"),
    F16(2, Kind.FLOAT, "float16"),
    BF16(2, Kind.FLOAT, "bfloat16"),
    F32(4, Kind.FLOAT, "float32"),
    F64(8, Kind.FLOAT, "float64");

    /** Category that decides promotion: a higher category wins over any width of a lower one. */
    public enum Kind { BOOL, INT, FLOAT }

    private final int bytes;
    private final Kind kind;
    private final String torchName;

    DType(int bytes, Kind kind, String torchName) {
        this.bytes = bytes;
        this.kind = kind;
        this.torchName = torchName;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /** True for integer types; BOOL is not one. */
    public boolean isInt() {
        return kind == Kind.INT;
    }

    public boolean isBool() {
        return this == BOOL;
    }

    /** True for F16 and BF16: stored in 16 bits, computed in F32. */
    public boolean isHalf() {
        return this == F16 || this == BF16;
    }

    /** The name PyTorch prints, e.g. {@code float32}. */
    public String torchName() {
        return torchName;
    }

    /** Type in which sums and products of this type are accumulated: F32 for 16-bit floats, I64 for ints and bools. */
    public DType accumulator() {
        return isHalf() ? F32 : isFloat() ? this : I64;
    }

    /**
     * Parses {@code "float32"}, {@code "f32"}, {@code "torch.float32"}, {@code "F32"}, {@code "half"}, ...
     *
     * @throws IllegalArgumentException naming the accepted spellings
     */
    public static DType parse(String name) {
        String s = name.toLowerCase(Locale.ROOT).replace("torch.", "");
        switch (s) {
            case "float": return F32;
            case "double": return F64;
            case "half": return F16;
            case "int": return I32;
            case "long": return I64;
            case "short": return I16;
            default:
        }
        for (DType d : values()) {
            if (d.torchName.equals(s) || d.name().toLowerCase(Locale.ROOT).equals(s)) {
                return d;
            }
        }
        throw new IllegalArgumentException("unknown dtype '" + name + "'; use one of float32, float64, float16, "
                + "bfloat16, int8, uint8, int16, int32, int64, bool");
    }

    /** The type of {@code a op b} for two tensors that both have dimensions, as {@code torch.promote_types}. */
    public static DType promote(DType a, DType b) {
        if (a == b) {
            return a;
        }
        if (a.kind != b.kind) {
            return a.kind.ordinal() > b.kind.ordinal() ? a : b;
        }
        if (a.kind == Kind.FLOAT) {
            return a.isHalf() && b.isHalf() ? F32 : a.bytes >= b.bytes ? a : b;
        }
        if (a == U8 || b == U8) {
            DType other = a == U8 ? b : a;
            return other == I8 ? I16 : other;
        }
        return a.bytes >= b.bytes ? a : b;
    }
}
