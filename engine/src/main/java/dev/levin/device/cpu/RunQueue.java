package dev.levin.device.cpu;

import java.util.concurrent.locks.LockSupport;

/**
 * Runs plans one after the other on a thread of its own, so that the user's thread can record the next step meanwhile.
 *
 * <p>Two runs are under way at most, or as many short ones as take {@link #AHEAD} nanoseconds; who submits a further one
 * sleeps until half of them are done, so that neither thread is woken once a step, and no processor is kept from the team.
 * The first error is kept and thrown once, by whoever comes first: a reader of the failed run's results, the next
 * submission, or {@link #await}.
 */
final class RunQueue {
    private static final int LEAST = 2;
    private static final int MOST = 16;
    private static final long AHEAD = 2_000_000;
    private static final int SPINS = 2000;

    /** What to run. */
    abstract static class Run {
        private volatile boolean done;
        private volatile Thread waiter;
        private Throwable failure;

        abstract void execute();

        final boolean isDone() {
            return done;
        }
    }

    private final Run[] ring = new Run[MOST];
    private final Worker worker;
    /** Number of runs submitted and finished so far. */
    private volatile long submitted;
    private volatile long finished;
    private volatile boolean parked;
    /** How many runs may be under way. */
    private volatile int depth = LEAST;
    /** Who sleeps until {@link #wanted} runs are finished; null for nobody. */
    private volatile Thread sleeper;
    private volatile long wanted;
    private volatile Throwable failure;
    private Run last;

    RunQueue() {
        worker = new Worker();
        worker.start();
    }

    boolean isWorker() {
        return Thread.currentThread() == worker;
    }

    /** Must be called by one thread at a time. */
    void submit(Run run) {
        if (submitted - finished >= depth) {
            awaitRoom();
        }
        throwFailure();
        ring[(int) (submitted % MOST)] = run;
        last = run;
        submitted++;
        if (parked) {
            LockSupport.unpark(worker);
        }
    }

    private void awaitRoom() {
        wanted = submitted - depth / 2;
        sleeper = Thread.currentThread();
        boolean interrupted = false;
        while (finished < wanted) {
            LockSupport.park(this);
            // what runs can't be abandoned: the caller sees the interrupt when there is room
            interrupted |= Thread.interrupted();
        }
        sleeper = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when everything submitted so far has run. Must be called by one thread at a time. */
    void await() {
        if (isWorker()) {
            return;
        }
        if (last != null) {
            waitFor(last);
        }
        throwFailure();
    }

    private void throwFailure() {
        Throwable t = failure;
        if (t != null) {
            failure = null;
            rethrow(t);
        }
    }

    /** Waits for one run; throws what it threw. */
    void join(Run run) {
        waitFor(run);
        if (run.failure != null) {
            if (failure == run.failure) {
                failure = null;
            }
            rethrow(run.failure);
        }
    }

    private static void rethrow(Throwable t) {
        switch (t) {
            case RuntimeException r -> throw r;
            case Error e -> throw e;
            default -> throw new IllegalStateException(t);
        }
    }

    private void waitFor(Run run) {
        for (int i = 0; i < SPINS && !run.done; i++) {
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        while (!run.done) {
            synchronized (run) {
                run.waiter = Thread.currentThread();
                if (!run.done) {
                    try {
                        run.wait();
                    } catch (InterruptedException e) {
                        // what runs can't be abandoned: the caller sees the interrupt when it is over
                        interrupted = true;
                    }
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {
        /** A running mean of how long a run takes; long at first. */
        private long usual = AHEAD;

        Worker() {
            super(null, null, "levin-cpu-queue", 0, false);
            setDaemon(true);
        }

        @Override
        public void run() {
            while (true) {
                awaitWork();
                int at = (int) (finished % MOST);
                Run r = ring[at];
                long begin = System.nanoTime();
                try {
                    r.execute();
                } catch (Throwable t) {
                    r.failure = t;
                    if (failure == null) {
                        failure = t;
                    }
                }
                measured(System.nanoTime() - begin);
                ring[at] = null;
                finished++;
                Thread asleep = sleeper;
                if (asleep != null && finished >= wanted) {
                    LockSupport.unpark(asleep);
                }
                r.done = true;
                if (r.waiter != null) {
                    wake(r);
                }
            }
        }

        private void measured(long nanos) {
            usual += (nanos - usual) / 4;
            int now = (int) Math.clamp(AHEAD / Math.max(usual, 1), LEAST, MOST);
            if (now != depth) {
                depth = now;
            }
        }

        private void wake(Run r) {
            synchronized (r) {
                r.notifyAll();
            }
        }

        private void awaitWork() {
            for (int i = 0; i < SPINS && submitted == finished; i++) {
                Thread.onSpinWait();
            }
            while (submitted == finished) {
                parked = true;
                if (submitted == finished) {
                    LockSupport.park(RunQueue.this);
                }
                parked = false;
            }
        }
    }
}
