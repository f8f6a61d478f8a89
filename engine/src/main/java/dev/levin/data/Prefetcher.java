package dev.levin.data;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Worker threads that make batches ahead, at most {@code workers * prefetch} of them, and hand them out in order or as they
 * are ready.
 *
 * <p>Workers hold the shared state only, so a prefetcher that is dropped is found by the cleaner and its workers end.
 */
final class Prefetcher<B> {
    private static final Cleaner CLEANER = Cleaner.create();

    /** A batch by its number. */
    @FunctionalInterface
    interface Source<B> {
        B make(int number, Activity activity) throws Exception;
    }

    record Taken<B>(int number, B batch) {
    }

    private final Shared<B> shared;

    /**
     * @param numbers the batches to make, in order
     * @param timeout longest wait for a batch; null for ever
     */
    Prefetcher(Source<B> source, int[] numbers, int workers, int prefetch, boolean ordered, Duration timeout, String what) {
        int threads = Math.min(workers, numbers.length);
        shared = new Shared<>(source, numbers, threads, Math.max(1, workers * prefetch), ordered, timeout, what);
        Shared<B> s = shared;
        for (int i = 0; i < threads; i++) {
            int number = i;
            Thread.ofPlatform().daemon().name("levin-loader-" + i).start(() -> s.work(number));
        }
        CLEANER.register(this, s::stop);
    }

    Taken<B> take() throws InterruptedException {
        return shared.take();
    }

    void stop() {
        shared.stop();
    }

    private static final class Shared<B> {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final Map<Integer, Result<B>> ready = new HashMap<>();
        private final List<Integer> finished = new ArrayList<>();
        private final Map<Integer, Activity> alive = new LinkedHashMap<>();
        private final Source<B> source;
        private final int[] numbers;
        private final int ahead;
        private final boolean ordered;
        private final Duration timeout;
        private final String what;
        private int claimed;
        private int taken;
        private boolean stopped;

        private record Result<B>(B batch, RuntimeException failure) {
        }

        Shared(Source<B> source, int[] numbers, int workers, int ahead, boolean ordered, Duration timeout, String what) {
            this.source = source;
            this.numbers = numbers;
            this.ahead = ahead;
            this.ordered = ordered;
            this.timeout = timeout;
            this.what = what;
            for (int i = 0; i < workers; i++) {
                alive.put(i, new Activity());
            }
        }

        void work(int worker) {
            Activity activity = alive.get(worker);
            try {
                int mine;
                while ((mine = claim()) >= 0) {
                    activity.batch(numbers[mine]);
                    Result<B> result = make(worker, mine, activity);
                    activity.rest();
                    deliver(mine, result);
                }
            } finally {
                leave(worker);
            }
        }

        /** The next batch to make; -1 when there is nothing left to do. */
        private int claim() {
            lock.lock();
            try {
                while (!stopped && claimed < numbers.length && claimed - taken >= ahead) {
                    changed.awaitUninterruptibly();
                }
                return stopped || claimed >= numbers.length ? -1 : claimed++;
            } finally {
                lock.unlock();
            }
        }

        private Result<B> make(int worker, int mine, Activity activity) {
            try {
                return new Result<>(source.make(numbers[mine], activity), null);
            } catch (SampleException | LoaderException e) {
                return new Result<>(null, e);
            } catch (Throwable t) {
                return new Result<>(null, new LoaderException("loader worker " + worker + " of " + what + " died " + activity + ": " + t, t));
            }
        }

        private void deliver(int mine, Result<B> result) {
            lock.lock();
            try {
                if (!stopped) {
                    ready.put(mine, result);
                    finished.add(mine);
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        private void leave(int worker) {
            lock.lock();
            try {
                alive.remove(worker);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        Taken<B> take() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
                Integer at;
                while ((at = next()) == null) {
                    if (stopped) {
                        throw new IllegalStateException("the loader was stopped while an epoch was running");
                    }
                    if (alive.isEmpty()) {
                        throw new LoaderException("all loader workers of " + what + " ended before batch " + numbers[taken] + " was made", null);
                    }
                    if (left <= 0) {
                        stop();
                        throw new LoaderException("no batch of " + what + " within " + timeout.toMillis() + " ms; " + activities()
                                + ". Raise timeout(...), or look at what blocks there", null);
                    }
                    if (timeout == null) {
                        changed.await();
                    } else {
                        left = changed.awaitNanos(left);
                    }
                }
                Result<B> result = ready.remove(at);
                finished.remove(at);
                taken++;
                changed.signalAll();
                if (result.failure != null) {
                    stopped = true;
                    throw result.failure;
                }
                return new Taken<>(numbers[at], result.batch);
            } finally {
                lock.unlock();
            }
        }

        private Integer next() {
            return ordered ? ready.containsKey(taken) ? Integer.valueOf(taken) : null : finished.isEmpty() ? null : finished.getFirst();
        }

        private String activities() {
            List<String> all = new ArrayList<>();
            alive.forEach((worker, activity) -> all.add("worker " + worker + " is " + activity));
            return String.join(", ", all);
        }

        void stop() {
            lock.lock();
            try {
                stopped = true;
                ready.clear();
                finished.clear();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
