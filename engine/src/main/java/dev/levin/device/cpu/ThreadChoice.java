package dev.levin.device.cpu;

/**
 * Whether a short plan runs faster alone than in a team. A team of all cores competes with the thread that describes the
 * next step; which of the two matters more depends on the plan and on what else keeps the processors busy, such as the JVM's
 * compiler. So the other way is tried for ever, in windows of a few runs between two of the usual way: often at first and after a doubt, seldom
 * while trials confirm the choice. It takes two trials in a row to change it. Results don't depend on it.
 */
final class ThreadChoice {
    /** What a window takes at least. */
    private static final int WINDOW_RUNS = 8;
    private static final long WINDOW_NANOS = 500_000;
    /** Windows from one trial to the next: at first, and while trials confirm the choice. */
    private static final int SOON = 4;
    private static final int LATE = 128;
    /** A plan that takes longer keeps its team. */
    private static final long SHORT_NANOS = 2_000_000;
    /** How much faster one thread must be; and how much faster it must stay. */
    private static final double WORTH = 0.97;
    private static final double STAYS = 0.99;
    /** Pauses that end a window. */
    private static final int GAPS = 2;
    /** Trials in a row that change the choice. */
    private static final int DOUBTS = 2;

    /** Windows of a trial; {@code USUAL} ones lie between two trials. */
    private enum Window { USUAL, BEFORE, OTHER, AFTER }

    private Window window = Window.USUAL;
    private boolean alone;
    /** Usual windows still to come before the next trial, and after it. */
    private int left = SOON;
    private int pause = SOON;
    private int doubts;
    /** Of this window: runs so far, when the second began, pauses since. */
    private int runs = -1;
    private long start;
    private int gaps;
    private long last;
    /** Nanoseconds a run takes, in the windows before and in the middle of a trial. */
    private double before;
    private double other;

    /** Called before each run with the time; whether the run is for one thread. */
    boolean next(long now) {
        if (now - last > SHORT_NANOS) {
            gaps++;
        }
        last = now;
        // the first run of a window still waits for what the window before left behind
        if (++runs <= 1) {
            start = now;
            gaps = 0;
        } else if (runs > WINDOW_RUNS && now - start >= WINDOW_NANOS || window == Window.OTHER && gaps >= GAPS) {
            ended((double) (now - start) / (runs - 1));
            runs = 0;
        }
        return alone != (window == Window.OTHER);
    }

    private void ended(double nanos) {
        boolean paused = gaps > 0;
        switch (window) {
            case USUAL -> {
                if (--left <= 0) {
                    window = Window.BEFORE;
                }
            }
            case BEFORE -> {
                before = nanos;
                window = Window.OTHER;
                if (paused) {
                    // a long plan, whose team is never given up, or a pause: no trial now
                    alone &= nanos < 2 * SHORT_NANOS;
                    again();
                }
            }
            case OTHER -> {
                other = nanos;
                window = Window.AFTER;
                if (paused) {
                    again();
                }
            }
            case AFTER -> {
                if (paused) {
                    again();
                } else {
                    vote(Math.min(before, nanos));
                }
            }
        }
    }

    /** What a trial says. */
    private void vote(double usual) {
        boolean changes = alone ? usual > STAYS * other : other < WORTH * usual;
        if (!changes) {
            doubts = 0;
            again();
        } else if (++doubts < DOUBTS) {
            pause = SOON;
            left = 1;
            window = Window.USUAL;
        } else {
            alone = !alone;
            doubts = 0;
            pause = SOON;
            again();
        }
    }

    private void again() {
        left = pause;
        pause = Math.min(2 * pause, LATE);
        window = Window.USUAL;
    }
}
