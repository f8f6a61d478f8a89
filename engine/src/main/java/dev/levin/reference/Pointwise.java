package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.type.DType;
import dev.levin.type.HostArray;

/** {@link Scalars} applied to every position. */
final class Pointwise {
    private Pointwise() {
    }

    static HostArray unary(Program.Instr in, HostArray x) {
        Op op = in.op();
        if (op == Op.CAST) {
            return cast(x, in.dtype());
        }
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] out = new double[a.length];
            int order = op == Op.POLYGAMMA ? in.attr(0) : 0;
            for (int i = 0; i < out.length; i++) {
                out[i] = Scalars.unary(op, a[i], order);
            }
            return Values.of(in.dtype(), out);
        }
        long[] a = Values.longs(x);
        long[] out = new long[a.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Scalars.unary(op, a[i], x.dtype());
        }
        return Values.of(in.dtype(), out);
    }

    /** Float to integer truncates towards zero (NaN gives 0), saturates at 64 bits, then wraps at the type's width. */
    static HostArray cast(HostArray x, DType to) {
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            return Values.of(to, a == x.array() && to == DType.F64 ? a.clone() : a);
        }
        if (to == DType.F64) {
            return Values.of(to, Values.doubles(x));
        }
        long[] a = Values.longs(x);
        return Values.of(to, a == x.array() && to == DType.I64 ? a.clone() : a);
    }

    static HostArray binary(Program.Instr in, HostArray x, HostArray y) {
        Op op = in.op();
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] b = Values.doubles(y);
            double[] out = new double[a.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = Scalars.binary(op, a[i], b[i]);
            }
            return Values.of(in.dtype(), out);
        }
        long[] a = Values.longs(x);
        long[] b = Values.longs(y);
        long[] out = new long[a.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = Scalars.binary(op, a[i], b[i], x.dtype());
        }
        return Values.of(in.dtype(), out);
    }

    static HostArray compare(Program.Instr in, HostArray x, HostArray y) {
        byte[] out = new byte[x.length()];
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] b = Values.doubles(y);
            for (int i = 0; i < out.length; i++) {
                out[i] = (byte) (Scalars.compare(in.op(), a[i], b[i]) ? 1 : 0);
            }
        } else {
            long[] a = Values.longs(x);
            long[] b = Values.longs(y);
            for (int i = 0; i < out.length; i++) {
                out[i] = (byte) (Scalars.compare(in.op(), a[i], b[i]) ? 1 : 0);
            }
        }
        return HostArray.wrap(DType.BOOL, out);
    }

    static HostArray where(HostArray condition, HostArray x, HostArray y) {
        byte[] choose = (byte[]) condition.array();
        if (x.dtype().isFloat()) {
            double[] a = Values.doubles(x);
            double[] b = Values.doubles(y);
            double[] out = new double[a.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = choose[i] != 0 ? a[i] : b[i];
            }
            return Values.of(x.dtype(), out);
        }
        long[] a = Values.longs(x);
        long[] b = Values.longs(y);
        long[] out = new long[a.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = choose[i] != 0 ? a[i] : b[i];
        }
        return Values.of(x.dtype(), out);
    }
}
