package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunQueueTest {
    private final RunQueue queue = new RunQueue();

    private static RunQueue.Run run(Runnable what) {
        return new RunQueue.Run() {
            @Override
            void execute() {
                what.run();
            }
        };
    }

    @Test
    void runsAreDoneInOrderAndNeverTooFarBehind() {
        List<Integer> done = new ArrayList<>();
        AtomicInteger finished = new AtomicInteger();
        for (int i = 0; i < 20_000; i++) {
            int k = i;
            queue.submit(run(() -> {
                done.add(k);
                finished.incrementAndGet();
            }));
            assertTrue(k + 1 - finished.get() <= 16, "run " + k);
        }
        queue.await();
        assertEquals(20_000, done.size());
        for (int i = 0; i < done.size(); i++) {
            assertEquals(i, done.get(i));
        }
    }

    @Test
    void atFirstTwoRunsAreUnderWay() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        queue.submit(run(() -> {
            begun.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        begun.await();
        queue.submit(run(() -> { }));
        AtomicInteger third = new AtomicInteger();
        Thread submitter = new Thread(() -> {
            queue.submit(run(() -> { }));
            third.incrementAndGet();
        });
        submitter.start();
        while (submitter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(0, third.get());
        go.countDown();
        submitter.join();
        assertEquals(1, third.get());
        queue.await();
    }

    @Test
    void anInterruptDoesNotLoseRunsAndIsNotLost() {
        AtomicInteger finished = new AtomicInteger();
        Thread.currentThread().interrupt();
        for (int i = 0; i < 200; i++) {
            queue.submit(run(finished::incrementAndGet));
        }
        assertTrue(Thread.interrupted());
        queue.await();
        assertEquals(200, finished.get());
    }

    @Test
    void theFirstErrorArrivesOnceAndLaterRunsAreDone() {
        AtomicInteger finished = new AtomicInteger();
        RunQueue.Run bad = run(() -> {
            throw new ArithmeticException("bad");
        });
        queue.submit(bad);
        assertThrows(ArithmeticException.class, () -> {
            for (int i = 0; i < 100; i++) {
                queue.submit(run(finished::incrementAndGet));
            }
            queue.await();
        });
        queue.submit(run(finished::incrementAndGet));
        queue.await();
        assertTrue(finished.get() > 0);
    }
}
