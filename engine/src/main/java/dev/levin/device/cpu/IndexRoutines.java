package dev.levin.device.cpu;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
        RowAdder[] adders = new RowAdder[tasks];
        for (int t = 0; t < tasks; t++) {
            adders[t] = RowAdder.of(inner, to(inner, t, tasks) - to(inner, t - 1, tasks)).orElse(null);
        }
        return (p, y) -> {
            if (zeros) {
                NativeViews.fill(y, base.numel() * 4, (byte) 0);
            } else {
                NativeViews.copy(p[0], y, base.numel() * 4);
            }
            for (long k = 0; k < count; k++) {
                checked(NativeViews.i64(p[first] + k * 8), extent, in);
            }
            team.run(tasks, t -> {
                int from = to(inner, t - 1, tasks);
                for (long o = 0; o < outer; o++) {
                    long table = y + (o * extent * inner + from) * 4;
                    long rows = p[first + 1] + (o * count * inner + from) * 4;
                    if (adders[t] != null) {
                        adders[t].add(table, rows, p[first], count);
                    } else {
                        addRows(table, rows, p[first], count, inner, to(inner, t, tasks) - from);
                    }
                }
            });
        };
    }

    /** End of the columns of a task. */
    private static int to(int inner, int task, int tasks) {
        return (int) ((long) inner * (task + 1) / tasks);
    }

    private static void addRows(long table, long rows, long indices, long count, int stride, int width) {
        float[] sum = new float[width];
        float[] more = new float[width];
        for (long row = 0; row < count; row++) {
            long at = table + NativeViews.i64(indices + row * 8) * stride * 4;
            MemorySegment.copy(NativeViews.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, at, sum, 0, width);
            MemorySegment.copy(NativeViews.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, rows + row * stride * 4, more, 0, width);
            for (int j = 0; j < width; j++) {
                sum[j] += more[j];
            }
            MemorySegment.copy(sum, 0, NativeViews.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, at, width);
        }
    }
}
