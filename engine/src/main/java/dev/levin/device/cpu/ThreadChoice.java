package dev.levin.device.cpu;

/**
 * Whether a short plan runs faster alone than in a team. A team of all cores competes with the thread that describes the
 * next step; which of the two matters more depends on the plan, so both are tried for a few windows of runs, some times in a
 * plan's life. Results don't depend on it.
 */
final class ThreadChoice {
    private static final int WINDOW = 16;
    /** Windows of one trial, teams and alone in turn. */
    private static final int TRIAL = 8;
    /** Runs after which trials begin; the first ones see code that is not compiled yet. */
    private static final int[] TRIALS = {64, 1024, 8192};
    /** A plan that takes longer keeps its team. */
    private static final long SHORT_NANOS = 2_000_000;
    /** How much faster one thread must be. */
    private static final double WORTH = 0.97;

    private int runs;
    private int trial;
    private int window = -1;
    private long start;
    private long last;
    private final long[] best = new long[2];
    private boolean alone;

    /** Called before each run with the time; whether the run is for one thread. */
    boolean next(long now) {
        boolean gap = now - last > SHORT_NANOS;
        last = now;
        if (window < 0) {
            if (trial == TRIALS.length || ++runs < TRIALS[trial]) {
                return alone;
            }
            trial++;
            window = 0;
            runs = 0;
            best[0] = Long.MAX_VALUE;
            best[1] = Long.MAX_VALUE;
            start = now;
            return false;
        }
        if (gap) {
            // a long plan, or a pause: what this window takes says nothing
            start = Long.MIN_VALUE;
        }
        if (++runs % WINDOW == 0) {
            if (start != Long.MIN_VALUE) {
                best[window & 1] = Math.min(best[window & 1], now - start);
            }
            start = now;
            if (++window == TRIAL) {
                window = -1;
                runs = TRIALS[trial - 1];
                alone = best[1] != Long.MAX_VALUE && best[0] != Long.MAX_VALUE && best[1] < WORTH * best[0];
                return alone;
            }
        }
        return (window & 1) == 1;
    }
}
