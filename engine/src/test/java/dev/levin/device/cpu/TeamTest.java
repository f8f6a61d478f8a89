package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TeamTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void everyTaskRunsExactlyOnceInEveryDispatch(int threads) {
        try (var team = new Team(threads)) {
            for (int tasks : new int[] {0, 1, 2, 3, 5, 8, 64, 1000}) {
                for (int round = 0; round < 200; round++) {
                    var counts = new AtomicIntegerArray(tasks);
                    team.run(tasks, counts::incrementAndGet);
                    for (int i = 0; i < tasks; i++) {
                        assertEquals(1, counts.get(i), "task " + i + " of " + tasks);
                    }
                }
            }
        }
    }

    @Test
    void plainWritesOfTasksAreSeenByTheCallerAndByLaterTasks() {
        try (var team = new Team(4)) {
            long[] data = new long[64 * 16];
            for (int round = 0; round < 50_000; round++) {
                int r = round;
                team.run(64, i -> {
                    assertEquals(r, data[(i * 37 % 64) * 16]);
                    assertEquals(r, data[i * 16]);
                    data[i * 16 + 8] = r + 1;
                });
                team.run(64, i -> data[i * 16] = data[i * 16 + 8]);
            }
            for (int i = 0; i < 64; i++) {
                assertEquals(50_000, data[i * 16]);
            }
        }
    }

    @Test
    void theLowestFailingTaskIsThrownAndTheOthersAreSuppressedInIt() {
        try (var team = new Team(3)) {
            var ran = new AtomicInteger();
            var thrown = assertThrows(IllegalStateException.class, () -> team.run(20, i -> {
                ran.incrementAndGet();
                if (i % 6 == 5) {
                    throw new IllegalStateException("task " + i);
                }
            }));
            assertEquals("task 5", thrown.getMessage());
            assertEquals(2, thrown.getSuppressed().length);
            assertEquals("task 11", thrown.getSuppressed()[0].getMessage());
            assertEquals("task 17", thrown.getSuppressed()[1].getMessage());
            assertEquals(20, ran.get());
            var sum = new AtomicInteger();
            team.run(10, sum::addAndGet);
            assertEquals(45, sum.get());
        }
    }

    @Test
    void errorsPassThroughUnwrapped() {
        try (var team = new Team(2)) {
            assertThrows(OutOfMemoryError.class, () -> team.run(4, i -> {
                throw new OutOfMemoryError("made up");
            }));
        }
    }

    @Test
    void nestedCallsRunInlineOnTheSameThread() {
        try (var team = new Team(4)) {
            var sum = new AtomicLong();
            team.run(16, i -> {
                Thread outer = Thread.currentThread();
                team.run(8, j -> {
                    assertEquals(outer, Thread.currentThread());
                    sum.addAndGet(i * 8L + j);
                });
            });
            assertEquals(127 * 128 / 2, sum.get());
        }
    }

    @Test
    void severalCallersAtOnceAllFinish() throws Exception {
        try (var team = new Team(3)) {
            var sum = new AtomicLong();
            var callers = new Thread[4];
            for (int c = 0; c < callers.length; c++) {
                callers[c] = Thread.ofPlatform().start(() -> {
                    for (int round = 0; round < 2000; round++) {
                        team.run(7, i -> sum.addAndGet(i));
                    }
                });
            }
            for (Thread t : callers) {
                t.join();
            }
            assertEquals(4L * 2000 * 21, sum.get());
        }
    }

    @Test
    void workersReallyTakePart() {
        try (var team = new Team(2)) {
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            // Both tasks wait for each other, so one thread alone could not finish.
            var both = new CountDownLatch(2);
            team.run(2, i -> {
                threads.add(Thread.currentThread());
                both.countDown();
                try {
                    assertTrue(both.await(30, TimeUnit.SECONDS), "the second thread never came");
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(2, threads.size());
        }
    }

    @Test
    void workersComeBackAfterBeingIdleForLong() {
        try (var team = new Team(2)) {
            for (int round = 0; round < 5; round++) {
                long until = System.nanoTime() + 3_000_000;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                workersMeet(team);
            }
        }
    }

    private static void workersMeet(Team team) {
        var both = new CountDownLatch(2);
        team.run(2, i -> {
            both.countDown();
            try {
                assertTrue(both.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void anIdleTeamUsesNoProcessorTime() throws Exception {
        try (var team = new Team(3)) {
            Set<Thread> workers = ConcurrentHashMap.newKeySet();
            team.run(64, i -> workers.add(Thread.currentThread()));
            workers.remove(Thread.currentThread());
            var parked = new CountDownLatch(1);
            // Park long enough for the spinning to end, then look at the state.
            assertFalse(parked.await(100, TimeUnit.MILLISECONDS));
            for (Thread w : workers) {
                assertEquals(Thread.State.WAITING, w.getState(), w.getName());
                assertTrue(w.isDaemon());
            }
        }
    }

    @Test
    void aClosedTeamStillRunsOnTheCaller() {
        var team = new Team(2);
        team.close();
        var sum = new AtomicInteger();
        team.run(10, sum::addAndGet);
        assertEquals(45, sum.get());
    }

    @Test
    void theSizeComesFromThePropertyOrIsRefusedByName() {
        String before = System.getProperty(Team.THREADS_PROPERTY);
        try {
            System.setProperty(Team.THREADS_PROPERTY, "3");
            assertEquals(3, Team.defaultThreads());
            System.setProperty(Team.THREADS_PROPERTY, "none");
            var e = assertThrows(IllegalArgumentException.class, Team::defaultThreads);
            assertTrue(e.getMessage().contains("levin.threads=none"), e.getMessage());
            System.setProperty(Team.THREADS_PROPERTY, "0");
            assertThrows(IllegalArgumentException.class, Team::defaultThreads);
        } finally {
            if (before == null) {
                System.clearProperty(Team.THREADS_PROPERTY);
            } else {
                System.setProperty(Team.THREADS_PROPERTY, before);
            }
        }
        assertNotEquals(0, Team.defaultThreads());
        assertThrows(IllegalArgumentException.class, () -> new Team(0));
    }
}
