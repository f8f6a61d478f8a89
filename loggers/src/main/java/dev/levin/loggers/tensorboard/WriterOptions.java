package dev.levin.loggers.tensorboard;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * How a {@link SummaryWriter} writes.
 *
 * @param flushInterval longest time an event stays in memory; what a killed process loses at most
 * @param queueCapacity events waiting for the writer thread before callers wait for it
 * @param fileSuffix appended to the names of event files
 * @param purgeStep when a run is continued in the same folder: events of this step and later ones, written before, are
 *        hidden
 */
public record WriterOptions(Duration flushInterval, int queueCapacity, String fileSuffix, OptionalLong purgeStep) {
    /** Flush every 5 seconds, 1024 events in the queue. */
    public static final WriterOptions DEFAULT =
            new WriterOptions(Duration.ofSeconds(5), 1024, "", OptionalLong.empty());

    /** @throws IllegalArgumentException if the interval or the capacity is not positive */
    public WriterOptions {
        if (flushInterval.isNegative() || flushInterval.isZero()) {
            throw new IllegalArgumentException("flushInterval must be positive, got " + flushInterval);
        }
        if (queueCapacity < 1) {
            throw new IllegalArgumentException("queueCapacity must be at least 1, got " + queueCapacity);
        }
    }

    public WriterOptions withFlushInterval(Duration interval) {
        return new WriterOptions(interval, queueCapacity, fileSuffix, purgeStep);
    }

    public WriterOptions withQueueCapacity(int capacity) {
        return new WriterOptions(flushInterval, capacity, fileSuffix, purgeStep);
    }

    public WriterOptions withFileSuffix(String suffix) {
        return new WriterOptions(flushInterval, queueCapacity, suffix, purgeStep);
    }

    public WriterOptions withPurgeStep(long step) {
        return new WriterOptions(flushInterval, queueCapacity, fileSuffix, OptionalLong.of(step));
    }
}
