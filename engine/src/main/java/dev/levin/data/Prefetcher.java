package dev.levin.data;

import java.lang.ref.Cleaner;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Worker threads that fetch batches ahead, in order, at most {@code workers * prefetch} of them.
 *
 * <p>Workers hold the shared state only, so a prefetcher that is dropped is found by the cleaner and its workers end.
 */
final class Prefetcher<B> {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Shared<B> shared;

    Prefetcher(DataLoader.Fetch<B> fetch, int from, int to, int workers, int prefetch) {
        shared = new Shared<>(fetch, from, to, workers * prefetch);
        Shared<B> s = shared;
        for (int i = 0; i < Math.min(workers, to - from); i++) {
            Thread.ofPlatform().daemon().name("levin-loader-" + i).start(s::work);
        }
        CLEANER.register(this, s::stop);
    }

    B take() throws Exception {
        return shared.take();
    }

    void stop() {
        shared.stop();
    }

    private static final class Shared<B> {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final Map<Integer, Result<B>> ready = new HashMap<>();
        private final DataLoader.Fetch<B> fetch;
        private final int to;
        private final int ahead;
        private int claimed;
        private int wanted;
        private boolean stopped;

        private record Result<B>(B batch, Throwable failure) {
        }

        Shared(DataLoader.Fetch<B> fetch, int from, int to, int ahead) {
            this.fetch = fetch;
            this.to = to;
            this.ahead = ahead;
            this.claimed = from;
            this.wanted = from;
        }

        void work() {
            while (true) {
                int mine;
                lock.lock();
                try {
                    while (!stopped && claimed < to && claimed - wanted >= ahead) {
                        changed.awaitUninterruptibly();
                    }
                    if (stopped || claimed >= to) {
                        return;
                    }
                    mine = claimed++;
                } finally {
                    lock.unlock();
                }
                Result<B> result;
                try {
                    result = new Result<>(fetch.batch(new int[] {mine}), null);
                } catch (Throwable t) {
                    result = new Result<>(null, t);
                }
                lock.lock();
                try {
                    ready.put(mine, result);
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }

        B take() throws Exception {
            lock.lockInterruptibly();
            try {
                Result<B> result;
                while ((result = ready.remove(wanted)) == null) {
                    if (stopped) {
                        throw new IllegalStateException("the loader was stopped while an epoch was running");
                    }
                    changed.await();
                }
                wanted++;
                changed.signalAll();
                if (result.failure instanceof Exception e) {
                    stopped = true;
                    throw e;
                }
                if (result.failure instanceof Error e) {
                    stopped = true;
                    throw e;
                }
                return result.batch;
            } finally {
                lock.unlock();
            }
        }

        void stop() {
            lock.lock();
            try {
                stopped = true;
                ready.clear();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
