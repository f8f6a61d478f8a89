package dev.levin.device.cpu;

import dev.levin.graph.Program;
import dev.levin.plan.MatrixView;
import dev.levin.type.HostArray;

/** Reads a matrix operand through its view. */
final class StridedCopy {
    private StridedCopy() {
    }

    /** Operand {@code id} of a product as a dense array [B, rows, columns]; {@code address} is that of the view's source. */
    static HostArray read(Program program, int id, long address) {
        MatrixView v = MatrixView.of(program, id);
        Program.Instr source = program.instr(v.source());
        HostArray all = NativeViews.read(address, source.dtype(), source.shape().numel());
        HostArray dense = HostArray.allocate(source.dtype(), program.instr(id).shape().numel());
        int axes = v.strides().length;
        long[] extents = new long[axes];
        System.arraycopy(v.batch(), 0, extents, 0, axes - 2);
        extents[axes - 2] = program.instr(id).shape().dim(1);
        extents[axes - 1] = program.instr(id).shape().dim(2);
        long[] at = new long[axes];
        boolean floats = source.dtype().isFloat();
        for (int i = 0; i < dense.length(); i++) {
            long from = v.offset();
            for (int k = 0; k < axes; k++) {
                from += at[k] * v.strides()[k];
            }
            if (floats) {
                dense.setDouble(i, all.getDouble((int) from));
            } else {
                dense.setLong(i, all.getLong((int) from));
            }
            for (int k = axes - 1; k >= 0 && ++at[k] == extents[k]; k--) {
                at[k] = 0;
            }
        }
        return dense;
    }
}
