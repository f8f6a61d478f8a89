package dev.levin.trainer;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Writes checkpoints: at once, or in a thread of its own from a copy on the host, while training goes on.
 *
 * <p>Checkpoints of one step at most are being written; a later one waits for them. Files are written in the order of the
 * calls. Waiting for the disk, and deleting what a file replaces once it is there, is {@link CheckpointDisk}'s. The first
 * failure is thrown at the next safe point, or when the run ends, whichever comes first. Belongs to the thread that runs the
 * loop.
 */
final class CheckpointSaver {
    private record Write(long step, Path file, Future<?> done, Runnable afterwards) {}

    private final Deque<Write> writes = new ArrayDeque<>();
    private final Set<Path> writing = ConcurrentHashMap.newKeySet();
    private final CheckpointDisk disk = new CheckpointDisk();
    private ExecutorService thread;

    /** Writes to the disk before it returns. */
    void save(Checkpoint checkpoint, Path file) {
        awaitWrites();
        disk.keep(file);
        checkpoint.write(file);
    }

    /** @param step the optimizer steps done */
    void save(Checkpoint checkpoint, long step, CheckpointRequest r) {
        if (r.later()) {
            later(checkpoint, step, r);
            return;
        }
        awaitWrites();
        disk.keep(r.file());
        checkpoint.write(r.file(), false);
        disk.settle(r.file(), r.replaces());
        r.afterwards().run();
    }

    private void later(Checkpoint checkpoint, long step, CheckpointRequest r) {
        while (!writes.isEmpty() && writes.getFirst().step != step) {
            finishFirst();
        }
        Checkpoint.Snapshot copy = checkpoint.snapshot();
        writing.add(r.file());
        submit(step, r.file(), () -> {
            try {
                disk.keep(r.file());
                copy.write(r.file());
                disk.settle(r.file(), r.replaces());
            } finally {
                writing.remove(r.file());
            }
        }, r.afterwards());
    }

    private void submit(long step, Path file, Runnable work, Runnable afterwards) {
        if (thread == null) {
            thread = CheckpointDisk.thread("levin-checkpoints");
        }
        writes.add(new Write(step, file, thread.submit(work), afterwards));
    }

    /** Runs something on files when all that were given so far are written. */
    void then(Path file, Runnable work) {
        if (writes.isEmpty()) {
            work.run();
        } else {
            submit(writes.getLast().step, file, work, () -> { });
        }
    }

    /** Whether there is such a file that stays, or will be one. */
    boolean isTaken(Path file) {
        return writing.contains(file) || disk.stays(file);
    }

    /** A safe point: reports what is done or has failed, without waiting. */
    void poll() {
        while (!writes.isEmpty() && writes.getFirst().done.isDone()) {
            finishFirst();
        }
        disk.check();
    }

    /** Waits until all files are on the disk, and those they replace are gone. */
    void await() {
        awaitWrites();
        disk.await();
    }

    private void awaitWrites() {
        while (!writes.isEmpty()) {
            finishFirst();
        }
    }

    /** As {@link #await}, and ends the threads; also after a failure. */
    void close() {
        RuntimeException first = null;
        while (!writes.isEmpty()) {
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
        try {
            disk.close();
        } catch (RuntimeException e) {
            first = first == null ? e : first;
        }
        if (first != null) {
            throw first;
        }
    }

    private void finishFirst() {
        Write w = writes.removeFirst();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    w.done.get();
                    break;
                } catch (InterruptedException e) {
                    // the file is worth more than the moment: the caller sees the interrupt when it is written
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CheckpointException c -> throw new CheckpointException(c.getMessage(), c);
                case Error error -> throw error;
                default -> throw new CheckpointException("the checkpoint " + w.file + " can't be written: " + e.getCause(), e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        w.afterwards.run();
    }
}
