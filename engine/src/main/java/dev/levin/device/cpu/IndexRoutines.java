package dev.levin.device.cpu;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Reading and adding whole slices by index: embeddings and their gradients. */
final class IndexRoutines {
    /** Bytes below which a copy stays on one thread. */
    private static final long SMALL = 1 << 17;

    private IndexRoutines() {
    }

    static Routine of(Team team, Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        return main.op() == Op.TAKE ? take(team, program, main) : main.dtype() == DType.F32 ? indexAdd(team, program, call) : null;
    }

    private static long product(Shape s, int from, int to) {
        long n = 1;
        for (int k = from; k < to; k++) {
            n *= s.dim(k);
        }
        return n;
    }

    private static long checked(long index, long extent, Program.Instr in) {
        if (index < 0 || index >= extent) {
            throw new IndexOutOfBoundsException("index " + index + " is out of range for axis " + in.attr(0) + " of extent "
                    + extent + " in " + in.op() + " " + in.shape());
        }
        return index;
    }

    private static Routine take(Team team, Program program, Program.Instr in) {
        Shape x = program.instr(in.inputs()[0]).shape();
        int axis = in.attr(0);
        long count = program.instr(in.inputs()[1]).shape().numel();
        long outer = product(x, 0, axis);
        long extent = x.dim(axis);
        long slice = product(x, axis + 1, x.rank()) * in.dtype().bytes();
        int tasks = outer * count * slice < SMALL ? 1 : (int) Math.min(outer * count, 64);
        return (p, y) -> team.run(tasks, t -> {
            for (long row = outer * count * t / tasks; row < outer * count * (t + 1) / tasks; row++) {
                long index = checked(NativeViews.i64(p[1] + row % count * 8), extent, in);
                NativeViews.copy(p[0] + (row / count * extent + index) * slice, y + row * slice, slice);
            }
        });
    }

    /** Tasks own columns of the slice, so that every sum is made in the order of the indices. */
    private static Routine indexAdd(Team team, Program program, Call call) {
        Program.Instr in = program.instr(call.main());
        boolean zeros = Call.addsToZeros(program, call.main());
        int first = zeros ? 0 : 1;
        Shape base = in.shape();
        int axis = in.attr(0);
        long count = program.instr(in.inputs()[1]).shape().numel();
        long outer = product(base, 0, axis);
        long extent = base.dim(axis);
        int inner = (int) product(base, axis + 1, base.rank());
        int tasks = outer * count * inner * 4 < SMALL || inner < 32 ? 1 : Math.min(inner / 16, 8);
        return (p, y) -> {
            if (zeros) {
                NativeViews.fill(y, base.numel() * 4, (byte) 0);
            } else {
                NativeViews.copy(p[0], y, base.numel() * 4);
            }
            team.run(tasks, t -> {
                int from = (int) ((long) inner * t / tasks);
                int to = (int) ((long) inner * (t + 1) / tasks);
                float[] sum = new float[to - from];
                float[] more = new float[to - from];
                for (long row = 0; row < outer * count; row++) {
                    long index = checked(NativeViews.i64(p[first] + row % count * 8), extent, in);
                    long at = y + ((row / count * extent + index) * inner + from) * 4;
                    long source = p[first + 1] + (row * inner + from) * 4;
                    java.lang.foreign.MemorySegment.copy(NativeViews.ALL, java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, at, sum, 0, sum.length);
                    java.lang.foreign.MemorySegment.copy(NativeViews.ALL, java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, source, more, 0, more.length);
                    for (int j = 0; j < sum.length; j++) {
                        sum[j] += more[j];
                    }
                    java.lang.foreign.MemorySegment.copy(sum, 0, NativeViews.ALL, java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, at, sum.length);
                }
            });
        };
    }
}
