package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Constant words: the encoding of {@link Op#CONST} and its way to and from host values. */
final class Literals {
    private Literals() {
    }

    static double asDouble(DType dtype, long bits) {
        return dtype.isFloat() ? Double.longBitsToDouble(bits) : bits;
    }

    static HostArray toHost(DType dtype, long bits) {
        HostArray h = HostArray.allocate(dtype, 1);
        if (dtype.isFloat()) {
            h.setDouble(0, Double.longBitsToDouble(bits));
        } else {
            h.setLong(0, bits);
        }
        return h;
    }

    static long bits(HostArray h) {
        return h.dtype().isFloat() ? Double.doubleToRawLongBits(h.getDouble(0)) : h.getLong(0);
    }

    /** A CONST instruction explained by the one it replaces. */
    static Instr constant(DType dtype, long bits, Instr like) {
        return new Instr(Op.CONST, new long[] {bits}, dtype, Shape.scalar(), new int[0], like.path(), like.origin());
    }
}
