package dev.levin.data;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads that read the parts of a stream ahead, each part by one thread at a time and at most {@code prefetch} batches.
 * As in {@link Prefetcher}, threads hold the shared state only, and end when their owner is dropped.
 */
final class StreamWorkers<B> {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Shared<B> shared;

    StreamWorkers(List<StreamPart<?, B>> parts, int workers, int prefetch, Duration timeout, String what) {
        int threads = Math.min(workers, parts.size());
        shared = new Shared<>(parts, prefetch, threads, timeout, what);
        Shared<B> s = shared;
        for (int i = 0; i < threads; i++) {
            int number = i;
            Thread.ofPlatform().daemon().name("levin-stream-" + i).start(() -> s.work(number));
        }
        CLEANER.register(this, s::stop);
    }

    /** The next batch, or the end, of one part; of any part if it is negative. */
    Taken<B> take(int part) throws InterruptedException {
        return shared.take(part);
    }

    void stop() {
        shared.stop();
    }

    record Taken<B>(int part, StreamPart.Made<B> made) {
    }

    private static final class Lane<B> {
        final StreamPart<?, B> part;
        final Deque<StreamPart.Made<B>> ready = new ArrayDeque<>();
        RuntimeException failure;
        boolean busy;
        boolean ended;

        Lane(StreamPart<?, B> part) {
            this.part = part;
        }
    }

    private static final class Shared<B> {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final List<Lane<B>> lanes = new ArrayList<>();
        private final List<Activity> activities = new ArrayList<>();
        private final Deque<Integer> arrivals = new ArrayDeque<>();
        private final int prefetch;
        private final Duration timeout;
        private final String what;
        private int alive;
        private boolean stopped;

        Shared(List<StreamPart<?, B>> parts, int prefetch, int workers, Duration timeout, String what) {
            parts.forEach(p -> lanes.add(new Lane<>(p)));
            for (int i = 0; i < workers; i++) {
                activities.add(new Activity());
            }
            this.prefetch = prefetch;
            this.timeout = timeout;
            this.what = what;
            this.alive = workers;
        }

        void work(int worker) {
            Activity activity = activities.get(worker);
            try {
                int mine;
                while ((mine = claim()) >= 0) {
                    activity.batch(0);
                    Lane<B> lane = lanes.get(mine);
                    StreamPart.Made<B> made = null;
                    RuntimeException failure = null;
                    try {
                        made = lane.part.make(activity);
                    } catch (SampleException | LoaderException e) {
                        failure = e;
                    } catch (Throwable t) {
                        failure = new LoaderException("loader worker " + worker + " of " + what + " died " + activity + " of part " + mine + ": " + t, t);
                    }
                    activity.rest();
                    deliver(mine, made, failure);
                }
            } finally {
                leave();
            }
        }

        private int claim() {
            lock.lock();
            try {
                while (!stopped) {
                    int best = -1;
                    boolean open = false;
                    for (int i = 0; i < lanes.size(); i++) {
                        Lane<B> lane = lanes.get(i);
                        open |= !lane.ended;
                        if (!lane.busy && !lane.ended && lane.ready.size() < prefetch
                                && (best < 0 || lane.ready.size() < lanes.get(best).ready.size())) {
                            best = i;
                        }
                    }
                    if (best >= 0) {
                        lanes.get(best).busy = true;
                        return best;
                    }
                    if (!open) {
                        return -1;
                    }
                    changed.awaitUninterruptibly();
                }
                return -1;
            } finally {
                lock.unlock();
            }
        }

        private void deliver(int number, StreamPart.Made<B> made, RuntimeException failure) {
            lock.lock();
            try {
                Lane<B> lane = lanes.get(number);
                lane.busy = false;
                lane.failure = failure;
                lane.ended = failure != null || made.isEnd();
                if (stopped) {
                    lane.part.close();
                    return;
                }
                if (made != null) {
                    lane.ready.add(made);
                }
                arrivals.add(number);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void leave() {
            lock.lock();
            try {
                alive--;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        Taken<B> take(int part) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
                while (true) {
                    int from = part >= 0 ? part : arrivals.isEmpty() ? -1 : arrivals.getFirst();
                    if (from >= 0 && (!lanes.get(from).ready.isEmpty() || lanes.get(from).failure != null)) {
                        return remove(from);
                    }
                    if (stopped) {
                        throw new IllegalStateException("the loader was stopped while an epoch was running");
                    }
                    if (alive == 0) {
                        throw new LoaderException("all loader workers of " + what + " ended before the stream did", null);
                    }
                    if (left <= 0) {
                        stop();
                        throw new LoaderException("no batch of " + what + " within " + timeout.toMillis() + " ms; the workers are " + activities
                                + ". Raise timeout(...), or look at what blocks there", null);
                    }
                    if (timeout == null) {
                        changed.await();
                    } else {
                        left = changed.awaitNanos(left);
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        private Taken<B> remove(int from) {
            Lane<B> lane = lanes.get(from);
            arrivals.removeFirstOccurrence(from);
            StreamPart.Made<B> made = lane.ready.poll();
            if (made == null) {
                RuntimeException failure = lane.failure;
                stop();
                throw failure;
            }
            changed.signalAll();
            return new Taken<>(from, made);
        }

        void stop() {
            lock.lock();
            try {
                stopped = true;
                for (Lane<B> lane : lanes) {
                    if (!lane.busy) {
                        lane.part.close();
                    }
                    lane.ready.clear();
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
