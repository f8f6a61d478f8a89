package dev.levin.kernel.jvm;

import dev.levin.type.DType;

/** Machine type of a value inside a pass. M is a truth value: an {@code int} 0 or 1 in scalar code, a mask in vectors. */
enum Kind {
    F(4), D(8), I(4), L(8), M(0);

    private final int bytes;

    Kind(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    /** Kind of the scratch array that holds values of this dtype; BOOL lives in I as 0 or 1. */
    static Kind of(DType d) {
        return switch (d) {
            case F32, F16, BF16 -> F;
            case F64 -> D;
            case I64 -> L;
            case I32, I16, I8, U8, BOOL -> I;
        };
    }

    /** Kind in registers: as {@link #of} but M for BOOL. */
    static Kind register(DType d) {
        return d == DType.BOOL ? M : of(d);
    }

    boolean isFloat() {
        return this == F || this == D;
    }
}
