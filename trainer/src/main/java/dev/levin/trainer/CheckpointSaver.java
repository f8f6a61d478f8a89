package dev.levin.trainer;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes checkpoints: at once, or in a thread of its own from a copy on the host, while training goes on.
 *
 * <p>Checkpoints of one step at most are under way; a later one waits for them. Files are written in the order of the calls.
 * The first failure is thrown at the next safe point, or when the run ends, whichever comes first. Belongs to the thread that
 * runs the loop.
 */
final class CheckpointSaver {
    private record Pending(long step, Path file, Future<?> done, Runnable afterwards) {}

    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Set<Path> files = ConcurrentHashMap.newKeySet();
    private ExecutorService thread;

    /**
     * Writes now.
     *
     * @param written runs when the file is there
     */
    void save(Checkpoint checkpoint, Path file, Runnable written) {
        await();
        checkpoint.write(file);
        written.run();
    }

    /**
     * Copies what the checkpoint holds, and writes it later.
     *
     * @param written runs in the writer's thread when the file is there
     * @param afterwards runs in the loop's thread at the safe point after that
     */
    void saveLater(Checkpoint checkpoint, long step, Path file, Runnable written, Runnable afterwards) {
        while (!pending.isEmpty() && pending.getFirst().step != step) {
            finishFirst();
        }
        Checkpoint.Snapshot copy = checkpoint.snapshot();
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(r -> {
                Thread t = new Thread(r, "levin-checkpoints");
                t.setDaemon(true);
                return t;
            });
        }
        files.add(file);
        pending.add(new Pending(step, file, thread.submit(() -> {
            try {
                copy.write(file);
                written.run();
            } finally {
                files.remove(file);
            }
        }), afterwards));
    }

    /** Whether a file is still to be written. */
    boolean isWriting(Path file) {
        return files.contains(file);
    }

    /** A safe point: reports what is done or has failed, without waiting. */
    void poll() {
        while (!pending.isEmpty() && pending.getFirst().done.isDone()) {
            finishFirst();
        }
    }

    /** Waits for all files. */
    void await() {
        while (!pending.isEmpty()) {
            finishFirst();
        }
    }

    /** As {@link #await}, and ends the thread; also after a failure. */
    void close() {
        RuntimeException first = null;
        while (!pending.isEmpty()) {
            try {
                finishFirst();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (thread != null) {
            thread.shutdown();
            thread = null;
        }
        if (first != null) {
            throw first;
        }
    }

    private void finishFirst() {
        Pending p = pending.removeFirst();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    p.done.get();
                    break;
                } catch (InterruptedException e) {
                    // the file is worth more than the moment: the caller sees the interrupt when it is written
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            String why = e.getCause() instanceof CheckpointException c ? c.getMessage() : "the checkpoint " + p.file + " could not be written: " + e.getCause();
            throw new CheckpointException(why, e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        p.afterwards.run();
    }
}
