package dev.levin.trainer;

import dev.levin.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Gets checkpoints from the operating system to the disk, in the background, and then deletes the files they replace: at any
 * moment the disk holds the newest file that was flushed, and a killed process leaves the newest that was written. Of files
 * that replace each other only the last is flushed. Thread-safe.
 */
final class CheckpointDisk {
    private static final long GATHER_NANOS = 100_000_000;
    private static final int GATHER_FILES = 8;

    private record Written(Path file, List<Path> replaced) {}

    private final List<Written> waiting = new ArrayList<>();
    private final Set<Path> leaving = new HashSet<>();
    private boolean busy;
    /** How many threads wait for all to be done. */
    private int awaiting;
    private volatile CheckpointException failure;
    private ExecutorService thread;

    static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(r -> {
            Thread t = new Thread(r, name);
            t.setDaemon(true);
            return t;
        });
    }

    /** A file that is about to be written anew is no longer one to delete. */
    synchronized void keep(Path file) {
        leaving.remove(file);
    }

    /** Whether the file is there, and not about to be deleted. */
    synchronized boolean stays(Path file) {
        return !leaving.contains(file) && Files.exists(file);
    }

    /** @param replaced deleted when the file is on the disk */
    synchronized void settle(Path file, List<Path> replaced) {
        waiting.add(new Written(file, replaced));
        leaving.addAll(replaced);
        notifyAll();
        if (!busy) {
            busy = true;
            if (thread == null) {
                thread = thread("levin-checkpoint-disk");
            }
            thread.execute(this::work);
        }
    }

    private void work() {
        while (true) {
            List<Written> now;
            synchronized (this) {
                gather();
                now = List.copyOf(waiting);
                waiting.clear();
                if (now.isEmpty()) {
                    busy = false;
                    notifyAll();
                    return;
                }
            }
            Set<Path> replaced = new HashSet<>();
            now.forEach(w -> replaced.addAll(w.replaced));
            if (flush(now, replaced)) {
                delete(replaced);
            }
        }
    }

    /** Flushing stalls whoever writes to the same file system: files that follow each other closely are flushed together. */
    private void gather() {
        long end = System.nanoTime() + GATHER_NANOS;
        long left = GATHER_NANOS;
        while (!waiting.isEmpty() && waiting.size() < GATHER_FILES && awaiting == 0 && left > 0) {
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                return;
            }
            left = end - System.nanoTime();
        }
    }

    private boolean flush(List<Written> files, Set<Path> replaced) {
        for (Written w : files) {
            try {
                if (!replaced.contains(w.file)) {
                    AtomicFile.force(w.file);
                }
            } catch (NoSuchFileException e) {
                LoggerFactory.getLogger(Trainer.class).warn("the checkpoint {} was removed right after it was written", w.file);
            } catch (IOException e) {
                failure = Checkpoint.unwritten(w.file, e);
                return false;
            }
        }
        return true;
    }

    private synchronized void delete(Set<Path> replaced) {
        for (Path p : replaced) {
            try {
                if (leaving.remove(p)) {
                    Files.deleteIfExists(p);
                }
            } catch (IOException e) {
                LoggerFactory.getLogger(Trainer.class).warn("can't remove the old checkpoint {}: {}", p, e.toString());
            }
        }
    }

    /** Throws what has failed, once. */
    void check() {
        CheckpointException e = failure;
        if (e != null) {
            failure = null;
            throw e;
        }
    }

    /** Returns when everything given so far is done. */
    void await() {
        boolean interrupted = false;
        synchronized (this) {
            awaiting++;
            notifyAll();
            while (busy) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            awaiting--;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        check();
    }

    void close() {
        try {
            await();
        } finally {
            synchronized (this) {
                if (thread != null) {
                    thread.shutdown();
                    thread = null;
                }
            }
        }
    }
}
