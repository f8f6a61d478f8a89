package dev.levin.device.cpu;

import dev.levin.graph.Program;
import dev.levin.type.Shape;

/** Many values side by side: a block copy for each part and each position of the axes before the joined one. */
final class ConcatRoutine {
    /** Bytes below which a copy stays on one thread. */
    private static final long SMALL = 1 << 17;
    private static final int MAX_TASKS = 64;

    private ConcatRoutine() {
    }

    static Routine of(Team team, Program program, Program.Instr in) {
        Shape all = in.shape();
        int axis = in.attr(0);
        long inner = in.dtype().bytes();
        for (int k = axis + 1; k < all.rank(); k++) {
            inner *= all.dim(k);
        }
        int parts = in.inputs().length;
        long[] bytes = new long[parts];
        long[] start = new long[parts];
        long row = 0;
        for (int p = 0; p < parts; p++) {
            bytes[p] = program.instr(in.inputs()[p]).shape().dim(axis) * inner;
            start[p] = row;
            row += bytes[p];
        }
        long width = row;
        long total = all.numel() * in.dtype().bytes();
        long blocks = width == 0 ? 0 : total / width * parts;
        int tasks = total < SMALL ? 1 : (int) Math.min(blocks, MAX_TASKS);
        return (x, y) -> team.run(tasks, t -> {
            // Neighbours in the result, so that a task writes one range of it.
            for (long b = blocks * t / tasks; b < blocks * (t + 1) / tasks; b++) {
                int p = (int) (b % parts);
                long outer = b / parts;
                NativeViews.copy(x[p] + outer * bytes[p], y + outer * width + start[p], bytes[p]);
            }
        });
    }
}
