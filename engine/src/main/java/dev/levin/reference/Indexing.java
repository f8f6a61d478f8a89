package dev.levin.reference;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScatterMode;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Ops that read or write where an index tensor says. */
final class Indexing {
    private Indexing() {
    }

    static HostArray gather(Program.Instr in, HostArray x, Shape s, HostArray index, Shape indexShape) {
        return Views.pick(x, positions(in, index, indexShape, s));
    }

    /** Offset in a tensor of shape {@code s} that each index element means. */
    private static int[] positions(Program.Instr in, HostArray index, Shape indexShape, Shape s) {
        int axis = in.attr(0);
        long[] at = Values.longs(index);
        int[] positions = new int[at.length];
        if (s.rank() == 0) {
            for (long i : at) {
                check(in, i, 1);
            }
            return positions;
        }
        int[] strides = Rows.strides(s);
        int stride = strides[axis];
        strides[axis] = 0;
        for (Rows r = new Rows(indexShape.dims(), new int[2], Rows.strides(indexShape), strides); r.valid(); r.next()) {
            int p = r.offset(0);
            int base = r.offset(1);
            for (int j = 0; j < r.length(); j++, p += r.step(0), base += r.step(1)) {
                positions[p] = base + check(in, at[p], s.dim(axis)) * stride;
            }
        }
        return positions;
    }

    private static int check(Program.Instr in, long index, int extent) {
        if (index < 0 || index >= extent) {
            throw new IndexOutOfBoundsException(in.op() + (in.path().isEmpty() ? "" : " in layer " + in.path()) + ": index "
                    + index + " is out of range for axis " + in.attr(0) + " with extent " + extent);
        }
        return (int) index;
    }

    static HostArray take(Program.Instr in, HostArray x, Shape s, HostArray index) {
        int n = s.rank() == 0 ? 1 : s.dim(in.attr(0));
        int inner = Reductions.inner(s, in.attr(0));
        long[] at = Values.longs(index);
        HostArray out = HostArray.allocate(in.dtype(), in.shape().numel());
        int to = 0;
        for (int outer = 0; to < out.length(); outer++) {
            for (long i : at) {
                System.arraycopy(x.array(), (outer * n + check(in, i, n)) * inner, out.array(), to, inner);
                to += inner;
            }
        }
        return out;
    }

    static HostArray indexAdd(Program.Instr in, HostArray base, HostArray index, HostArray src) {
        Shape s = in.shape();
        int n = s.rank() == 0 ? 1 : s.dim(in.attr(0));
        int inner = Reductions.inner(s, in.attr(0));
        long[] at = Values.longs(index);
        int[] positions = new int[src.length()];
        int p = 0;
        for (int outer = 0; p < positions.length; outer++) {
            for (long i : at) {
                int row = (outer * n + check(in, i, n)) * inner;
                for (int j = 0; j < inner; j++) {
                    positions[p++] = row + j;
                }
            }
        }
        return combine(in, Op.ADD, base, positions, src);
    }

    static HostArray scatter(Program.Instr in, HostArray base, HostArray index, Shape indexShape, HostArray src, Shape srcShape) {
        int[] positions = positions(in, index, indexShape, in.shape());
        HostArray covered = src;
        if (!srcShape.equals(indexShape)) {
            covered = HostArray.allocate(src.dtype(), indexShape.numel());
            Rows.copy(indexShape.dims(), src.array(), 0, Rows.strides(srcShape), covered.array(), 0, Rows.strides(indexShape));
        }
        return combine(in, switch (ScatterMode.values()[in.attr(1)]) {
            case SET -> null;
            case ADD -> Op.ADD;
            case MUL -> Op.MUL;
            case MAX -> Op.MAX;
            case MIN -> Op.MIN;
        }, base, positions, covered);
    }

    /** Combines source elements into the base in the order of the source, or overwrites if {@code op} is null. */
    static HostArray combine(Program.Instr in, Op op, HostArray base, int[] positions, HostArray src) {
        if (base.dtype().isFloat()) {
            double[] out = Arrays.copyOf(Values.doubles(base), base.length());
            double[] v = Values.doubles(src);
            for (int i = 0; i < positions.length; i++) {
                out[positions[i]] = op == null ? v[i] : Scalars.binary(op, out[positions[i]], v[i]);
            }
            return Values.of(in.dtype(), out);
        }
        long[] out = Arrays.copyOf(Values.longs(base), base.length());
        long[] v = Values.longs(src);
        for (int i = 0; i < positions.length; i++) {
            out[positions[i]] = op == null ? v[i] : Scalars.binary(op, out[positions[i]], v[i], in.dtype());
        }
        return Values.of(in.dtype(), out);
    }

    /** Windows [.., W at axis, .., size] summed back into the axis. */
    static HostArray fold(Program.Instr in, HostArray x, Shape s) {
        int r = in.shape().rank();
        int[] own = Rows.strides(in.shape());
        int[] target = Arrays.copyOf(own, r + 1);
        target[in.attr(0)] = own[in.attr(0)] * in.attr(1);
        target[r] = own[in.attr(0)];
        int[] positions = new int[x.length()];
        for (Rows rows = new Rows(s.dims(), new int[2], Rows.strides(s), target); rows.valid(); rows.next()) {
            int p = rows.offset(0);
            int q = rows.offset(1);
            for (int j = 0; j < rows.length(); j++, p += rows.step(0), q += rows.step(1)) {
                positions[p] = q;
            }
        }
        return combine(in, Op.ADD, HostArray.allocate(in.dtype(), in.shape().numel()), positions, x);
    }
}
