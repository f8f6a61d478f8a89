package dev.levin.device.cpu;

import java.util.Arrays;

/**
 * Whether a short plan runs faster alone than in a team. A team of all cores competes with the thread that describes the
 * next step; which of the two matters more depends on the plan, so both are tried for a few windows of runs, some times in a
 * plan's life. Results don't depend on it.
 */
final class ThreadChoice {
    private static final int WINDOW = 8;
    /** Windows of one trial, teams and alone in turn. */
    private static final int TRIAL = 4;
    /** Runs between trials, the last number from then on: what else keeps the processors busy, such as the JVM's compiler, comes and goes. */
    private static final int[] TRIALS = {64, 256, 1024};
    /** A plan that takes longer keeps its team. */
    private static final long SHORT_NANOS = 2_000_000;
    /** How much faster one thread must be. */
    private static final double WORTH = 0.97;

    /** Pauses within a trial that end it. */
    private static final int GAPS = 2;

    private int runs;
    private int gaps;
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
            if (++runs < TRIALS[Math.min(trial, TRIALS.length - 1)]) {
                return alone;
            }
            trial++;
            window = 0;
            runs = 0;
            Arrays.fill(best, Long.MAX_VALUE);
            start = now;
            return false;
        }
        if (gap && ++gaps >= GAPS) {
            // a long plan: not even a trial alone is worth its time
            end(false);
            return false;
        }
        if (gap) {
            // a pause: what this window takes says nothing
            start = Long.MIN_VALUE;
        }
        if (++runs % WINDOW == 0) {
            if (start != Long.MIN_VALUE) {
                best[window & 1] = Math.min(best[window & 1], now - start);
            }
            start = now;
            if (++window == TRIAL) {
                end(best[1] != Long.MAX_VALUE && best[0] != Long.MAX_VALUE && best[1] < WORTH * best[0]);
                return alone;
            }
        }
        return (window & 1) == 1;
    }

    private void end(boolean choice) {
        alone = choice;
        window = -1;
        runs = 0;
        gaps = 0;
    }
}
