package dev.levin.loggers.tensorboard;

import dev.levin.trainer.LoggerException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue of write jobs and the daemon thread that runs them, started by the first job and again by the first
 * job after {@link #close}.
 *
 * <p>Any thread may submit; jobs run in the order of submission. The first failure of a job is reported once, after
 * which jobs are dropped unrun, so that no caller ever waits for a broken disk.
 */
final class EventQueue implements AutoCloseable {
    /** Encodes and writes; runs on the writer thread. */
    @FunctionalInterface
    interface Job {
        void run(EventFiles files) throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(EventQueue.class);

    private final Path folder;
    private final EventFiles files;
    private final long flushNanos;
    private final BlockingQueue<Job> queue;
    private final ReentrantLock producers = new ReentrantLock();
    private final Job stop = EventFiles::close;
    private Thread thread; // guarded by producers
    private volatile LoggerException failure;

    EventQueue(Path folder, WriterOptions options, EventFiles.Opener opener) {
        this.folder = folder;
        this.files = new EventFiles(options, opener);
        this.flushNanos = options.flushInterval().toNanos();
        this.queue = new ArrayBlockingQueue<>(options.queueCapacity());
    }

    void submit(Job job) {
        if (failure != null) {
            return;
        }
        producers.lock();
        try {
            if (thread == null) {
                thread = Thread.ofPlatform().daemon().name("levin-tensorboard").unstarted(this::run);
                thread.start();
            }
            put(job);
        } finally {
            producers.unlock();
        }
    }

    /** Waits until every job submitted before is on disk; returns at once if the disk has failed. */
    void flush() {
        if (failure != null) {
            return;
        }
        var done = new CompletableFuture<Void>();
        producers.lock();
        try {
            if (thread == null) {
                return;
            }
            put(new Flush(done));
        } finally {
            producers.unlock();
        }
        done.join();
    }

    @Override
    public void close() {
        producers.lock();
        try {
            if (thread != null) {
                put(stop);
                join(thread);
                thread = null;
            }
        } finally {
            producers.unlock();
        }
    }

    Optional<LoggerException> failure() {
        return Optional.ofNullable(failure);
    }

    private record Flush(CompletableFuture<Void> done) implements Job {
        @Override
        public void run(EventFiles files) throws IOException {
            files.flush();
        }
    }

    private void run() {
        long nextFlush = System.nanoTime() + flushNanos;
        Job job;
        do {
            job = poll(nextFlush - System.nanoTime());
            if (job != null) {
                attempt(job);
                if (job instanceof Flush flush) {
                    flush.done().complete(null);
                }
            }
            if (System.nanoTime() - nextFlush >= 0) {
                attempt(EventFiles::flush);
                nextFlush = System.nanoTime() + flushNanos;
            }
        } while (job != stop);
    }

    private void attempt(Job job) {
        if (failure != null && job != stop) {
            return;
        }
        try {
            job.run(files);
        } catch (IOException | RuntimeException | Error e) {
            if (failure == null) {
                String message = "can't write TensorBoard events to " + folder + " (" + reason(e)
                        + "); nothing more is logged there. Free space or make the folder writable, or choose another one";
                failure = new LoggerException(message, e);
                LOG.error(message, e instanceof IOException ? null : e);
            }
        }
    }

    private static String reason(Throwable e) {
        if (e instanceof FileSystemException f) {
            String kind = f.getReason() != null ? f.getReason()
                    : f.getClass().getSimpleName().replace("Exception", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
            return f.getFile() + ": " + kind;
        }
        return e instanceof IOException && e.getMessage() != null ? e.getMessage() : e.toString();
    }

    /** The writer thread belongs to this class and nobody else interrupts it; a stray interrupt only shortens one wait. */
    private Job poll(long nanos) {
        try {
            return queue.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return null;
        }
    }

    /** Logging must not eat an interrupt meant for the caller, nor lose events to it. */
    private void put(Job job) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    queue.put(job);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
