package dev.levin.kernel.cuda;

import dev.levin.kernel.Kernel;
import dev.levin.kernel.Value;

/**
 * How many blocks run a kernel under a schedule.
 *
 * @param blocks of the kernel
 * @param finishBlocks of the kernel that folds pieces; 0 if there is none
 * @param pieces each row is cut into
 * @param chunk vectors of a row in a piece
 * @param scratchBytes for results of pieces
 */
public record LaunchShape(long blocks, long finishBlocks, int pieces, long chunk, long scratchBytes) {
    /** Threads of a block that folds pieces; one warp a row. */
    public static final int FINISH_THREADS = 128;

    public static LaunchShape of(Kernel kernel, Schedule s, int processors) {
        if (s.mode() == Schedule.Mode.POINTWISE) {
            return new LaunchShape(Schedule.ceilDiv(kernel.outer() / s.vector(), s.threads()), 0, 1, 0, 0);
        }
        long groups = kernel.reduced() / s.vector();
        long rowBlocks = Schedule.ceilDiv(kernel.outer(), s.rows());
        if (!s.split()) {
            return new LaunchShape(rowBlocks, 0, 1, groups, 0);
        }
        long least = s.mode() == Schedule.Mode.COLUMNS ? 64 : 1024;
        long wanted = Math.max(1, 4L * processors / Math.max(1, rowBlocks));
        int pieces = (int) Math.max(1, Math.min(wanted, Schedule.ceilDiv(groups, least)));
        long chunk = Schedule.ceilDiv(groups, pieces);
        pieces = (int) Schedule.ceilDiv(groups, chunk);
        long words = 0;
        for (Value v : kernel.spec().values()) {
            words += v instanceof Value.Reduce ? 2 : 0;
        }
        return new LaunchShape(rowBlocks * pieces, Schedule.ceilDiv(kernel.outer(), FINISH_THREADS / 32), pieces, chunk,
                words * 8 * kernel.outer() * pieces);
    }
}
