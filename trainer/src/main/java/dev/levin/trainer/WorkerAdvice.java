package dev.levin.trainer;

import dev.levin.data.DataLoader;
import java.util.Optional;

/** Watches how long training waits for its loader, and says so when more workers would help. */
final class WorkerAdvice {
    private static final long WORTH_SAYING = 5_000_000_000L;

    private long waited;
    private long started;

    void epochStarts() {
        waited = 0;
        started = System.nanoTime();
    }

    void waited(long nanos) {
        waited += nanos;
    }

    void epochEnds(Trainer trainer, Iterable<?> loader) {
        if (loader instanceof DataLoader<?> d) {
            advice(waited, System.nanoTime() - started, d.workers(), Runtime.getRuntime().availableProcessors()).ifPresent(trainer::warnOnce);
        }
    }

    /** Empty when the epoch was short, waiting was a small part of it, or there are no processors to spare. */
    static Optional<String> advice(long waited, long total, int workers, int processors) {
        int useful = Math.min(processors - 1, 8);
        if (total < WORTH_SAYING || waited * 4 < total || workers >= useful) {
            return Optional.empty();
        }
        return Optional.of("training waited for its loader " + 100 * waited / total + " % of the time, and the loader has workers=" + workers
                + "; this machine has " + processors + " processors, so workers(" + useful + ") would read further ahead");
    }
}
