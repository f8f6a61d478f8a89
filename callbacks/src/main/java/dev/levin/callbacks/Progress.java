package dev.levin.callbacks;

/** How far one pass over batches is, and how fast it goes. Time is given from outside, in nanoseconds. */
final class Progress {
    private static final double SMOOTHING_SECONDS = 5;
    private static final long SAMPLE_NANOS = 50_000_000L;

    private final String label;
    private final int total;
    private final int first;
    private int done;
    private long active;
    private long since;
    private boolean running = true;
    private long sampledAt;
    private int sampledDone;
    private double rate;

    /**
     * @param total batches; {@link Integer#MAX_VALUE} if unknown
     * @param first batches that were done before
     */
    Progress(String label, int total, int first, long now) {
        this.label = label;
        this.total = total;
        this.first = first;
        this.done = first;
        this.since = now;
        this.sampledAt = now;
        this.sampledDone = first;
    }

    String label() {
        return label;
    }

    int done() {
        return done;
    }

    /** {@link Integer#MAX_VALUE} if unknown. */
    int total() {
        return total;
    }

    boolean hasTotal() {
        return total != Integer.MAX_VALUE;
    }

    /** 0 to 1; 0 if the total is unknown. */
    double fraction() {
        return !hasTotal() || total == 0 ? 0 : Math.min(1, (double) done / total);
    }

    void update(int batches, long now) {
        done = batches;
        long dt = now - sampledAt;
        if (dt < SAMPLE_NANOS) {
            return;
        }
        double seconds = dt / 1e9;
        double latest = (done - sampledDone) / seconds;
        rate = rate == 0 ? latest : rate + (1 - Math.exp(-seconds / SMOOTHING_SECONDS)) * (latest - rate);
        sampledAt = now;
        sampledDone = done;
    }

    /** Stops the clock while something else runs. */
    void pause(long now) {
        if (running) {
            active += now - since;
            running = false;
        }
    }

    void resume(long now) {
        if (!running) {
            since = now;
            sampledAt = now;
            sampledDone = done;
            running = true;
        }
    }

    /** Seconds spent on these batches. */
    double seconds(long now) {
        return (active + (running ? now - since : 0)) / 1e9;
    }

    /** Batches per second lately; 0 if not known yet. */
    double rate(long now) {
        if (rate > 0) {
            return rate;
        }
        double s = seconds(now);
        return s > 0 ? (done - first) / s : 0;
    }

    /** Batches per second from the start. */
    double meanRate(long now) {
        double s = seconds(now);
        return s > 0 ? (done - first) / s : 0;
    }

    /** Seconds to go; NaN if unknown. */
    double remaining(long now) {
        double r = rate(now);
        return hasTotal() && r > 0 ? Math.max(0, total - done) / r : Double.NaN;
    }
}
