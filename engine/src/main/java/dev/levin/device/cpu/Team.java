package dev.levin.device.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * The one team of threads all CPU work runs on: generated loops, oneDNN calls and host-side copies alike.
 *
 * <p>{@link #run} splits {@code [0, tasks)} into one contiguous range a thread (the caller is thread 0); a thread that
 * has finished its range takes over tasks of slower ones, so a sleeping or preempted worker delays nothing that it has
 * not begun. Which thread runs a task is therefore not fixed, but what the tasks are is: a caller that derives its
 * chunks from shapes alone gets the same bits with any number of threads.
 *
 * <p>Workers spin for a short while after a dispatch and then park, so that a step's chain of small kernels is
 * dispatched in well under a microsecond and an idle team costs nothing. One dispatch runs at a time: a second caller,
 * or a task that calls {@code run} again, runs its tasks inline on its own thread.
 *
 * <p>Thread-safe. Tasks see everything the caller wrote before {@code run}; the caller sees everything the tasks wrote.
 */
public final class Team implements AutoCloseable {
    /** System property with the number of threads, the caller included. */
    public static final String THREADS_PROPERTY = "levin.threads";

    /** How long a worker looks for the next dispatch before it parks; covers the gaps inside a step, not between epochs. */
    private static final long SPIN_NANOS = 50_000;
    /** Spins between two looks at the clock. */
    private static final int SPINS_PER_CLOCK = 64;
    /** Longs a thread's cursor is apart from the next one's: two cache lines, because of the adjacent-line prefetcher. */
    private static final int PAD = 16;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle REMAINING;
    private static final VarHandle OWNER;

    static {
        try {
            var lookup = MethodHandles.lookup();
            REMAINING = lookup.findVarHandle(Team.class, "remaining", int.class);
            OWNER = lookup.findVarHandle(Team.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int size;
    private volatile boolean alone;
    private final Worker[] workers;
    /** A thread's next task, tagged with the dispatch it belongs to: {@code epoch << 32 | task}. */
    private final long[] cursors;

    private volatile Job job = Job.IDLE;
    private volatile boolean closed;
    private volatile int remaining;
    private volatile Thread owner;
    private volatile boolean ownerParked;
    private final Map<Integer, Throwable> failures = new TreeMap<>();

    /** One dispatch; immutable, so that a late worker never mixes two of them. */
    private record Job(int epoch, int tasks, int ranges, IntConsumer body) {
        static final Job IDLE = new Job(0, 0, 1, null);

        int firstTask(int range) {
            return (int) ((long) range * tasks / ranges);
        }
    }

    /** A team of {@link #defaultThreads} threads. */
    public Team() {
        this(defaultThreads());
    }

    /** A team of {@code threads} threads: the caller of {@link #run} and {@code threads - 1} daemon workers. */
    public Team(int threads) {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("a team of " + threads + " threads; use 1 (no workers) to 1024, normally "
                    + "the number of cores");
        }
        size = threads;
        cursors = new long[(threads + 1) * PAD];
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /** The value of {@code -Dlevin.threads}, else the number of available processors. */
    public static int defaultThreads() {
        String text = System.getProperty(THREADS_PROPERTY);
        if (text == null || text.isBlank()) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            int n = Integer.parseInt(text.trim());
            if (n >= 1) {
                return n;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("-D" + THREADS_PROPERTY + "=" + text + " is not a number of threads", e);
        }
        throw new IllegalArgumentException("-D" + THREADS_PROPERTY + "=" + text + "; use 1 or more threads");
    }

    /** Whether {@link #run} leaves everything to the calling thread for now; results are the same. For the thread that owns the runs. */
    void setAlone(boolean alone) {
        this.alone = alone;
    }

    /** Number of threads that take part, the caller included. */
    public int size() {
        return size;
    }

    /**
     * Runs {@code body.accept(i)} for every {@code i} in {@code [0, tasks)} and returns when all have finished. All tasks
     * run even if some throw.
     *
     * @throws RuntimeException or Error: what the failing task with the lowest index threw, later ones suppressed in it
     */
    public void run(int tasks, IntConsumer body) {
        if (tasks <= 1 || size == 1 || alone || closed || Thread.currentThread() instanceof Worker w && w.team() == this
                || owner != null || !OWNER.compareAndSet(this, (Thread) null, Thread.currentThread())) {
            runInline(tasks, body);
            return;
        }
        Map<Integer, Throwable> failed;
        try {
            dispatch(tasks, body);
        } finally {
            failed = takeFailures();
            owner = null;
        }
        rethrow(failed);
    }

    private static void runInline(int tasks, IntConsumer body) {
        Map<Integer, Throwable> failed = null;
        for (int i = 0; i < tasks; i++) {
            try {
                body.accept(i);
            } catch (Throwable t) {
                failed = failed == null ? new TreeMap<>() : failed;
                failed.put(i, t);
            }
        }
        rethrow(failed);
    }

    private void dispatch(int tasks, IntConsumer body) {
        var j = new Job(job.epoch + 1, tasks, Math.min(size, tasks), body);
        remaining = tasks;
        for (int r = 0; r < j.ranges; r++) {
            LONGS.setVolatile(cursors, r * PAD, tag(j.epoch, j.firstTask(r)));
        }
        job = j;
        for (int i = 0; i < j.ranges - 1; i++) {
            if (workers[i].parked) {
                LockSupport.unpark(workers[i]);
            }
        }
        work(0, j);
        awaitCompletion();
    }

    private void awaitCompletion() {
        long deadline = 0;
        for (int spins = 1; remaining > 0; spins++) {
            Thread.onSpinWait();
            if (spins % SPINS_PER_CLOCK == 0) {
                long now = System.nanoTime();
                if (deadline == 0) {
                    deadline = now + SPIN_NANOS;
                } else if (now > deadline) {
                    ownerParked = true;
                    while (remaining > 0) {
                        LockSupport.park(this);
                    }
                    ownerParked = false;
                    return;
                }
            }
        }
    }

    private static long tag(int epoch, int task) {
        return ((long) epoch << 32) | task;
    }

    /** Runs tasks of {@code j}: the thread's own range first, then what is left of the others'. */
    private void work(int self, Job j) {
        int first = self < j.ranges ? self : 0;
        for (int k = 0; k < j.ranges; k++) {
            int r = first + k < j.ranges ? first + k : first + k - j.ranges;
            int at = r * PAD;
            int end = j.firstTask(r + 1);
            while (true) {
                long c = (long) LONGS.getVolatile(cursors, at);
                // Another epoch: j has finished. A claim that succeeds keeps j alive until its task is counted.
                if ((int) (c >>> 32) != j.epoch || (int) c >= end) {
                    break;
                }
                if (LONGS.compareAndSet(cursors, at, c, c + 1)) {
                    execute(j.body, (int) c);
                }
            }
        }
    }

    private void execute(IntConsumer b, int task) {
        try {
            b.accept(task);
        } catch (Throwable t) {
            synchronized (failures) {
                failures.put(task, t);
            }
        }
        if ((int) REMAINING.getAndAdd(this, -1) == 1 && ownerParked) {
            LockSupport.unpark(owner);
        }
    }

    private Map<Integer, Throwable> takeFailures() {
        synchronized (failures) {
            if (failures.isEmpty()) {
                return null;
            }
            var copy = new TreeMap<>(failures);
            failures.clear();
            return copy;
        }
    }

    private static void rethrow(Map<Integer, Throwable> failed) {
        if (failed == null) {
            return;
        }
        Throwable first = null;
        for (Throwable t : failed.values()) {
            if (first == null) {
                first = t;
            } else if (t != first) {
                first.addSuppressed(t);
            }
        }
        switch (first) {
            case RuntimeException r -> throw r;
            case Error err -> throw err;
            default -> throw new IllegalStateException(first);
        }
    }

    /** Lets the workers end; later calls of {@link #run} run inline. */
    @Override
    public void close() {
        closed = true;
        for (Worker w : workers) {
            LockSupport.unpark(w);
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private volatile boolean parked;

        Worker(int index) {
            super(null, null, "levin-cpu-" + index, 0, false);
            this.index = index;
            setDaemon(true);
        }

        Team team() {
            return Team.this;
        }

        @Override
        public void run() {
            Job seen = Job.IDLE;
            while (!closed) {
                Job next = awaitDispatch(seen);
                if (next != seen) {
                    seen = next;
                    work(index, next);
                }
            }
        }

        private Job awaitDispatch(Job seen) {
            long deadline = 0;
            for (int spins = 1; job == seen; spins++) {
                Thread.onSpinWait();
                if (spins % SPINS_PER_CLOCK == 0) {
                    long now = System.nanoTime();
                    if (deadline == 0) {
                        deadline = now + SPIN_NANOS;
                    } else if (now > deadline) {
                        parked = true;
                        if (job == seen && !closed) {
                            LockSupport.park(Team.this);
                        }
                        parked = false;
                        deadline = 0;
                        if (closed) {
                            break;
                        }
                    }
                }
            }
            return job;
        }
    }
}
