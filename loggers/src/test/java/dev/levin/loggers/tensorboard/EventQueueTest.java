package dev.levin.loggers.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.LoggerException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The road from the caller to the disk: threads, intervals, kills and failures. */
@Timeout(60)
class EventQueueTest {
    @TempDir
    Path dir;

    @Test
    void manyThreadsLoseNothingAndKeepTheirOrder() throws Exception {
        try (var writer = new SummaryWriter(dir, WriterOptions.DEFAULT.withQueueCapacity(3))) {
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                String tag = "thread" + t;
                threads.add(Thread.startVirtualThread(() -> {
                    for (int i = 0; i < 400; i++) {
                        writer.addScalar(tag, i, i);
                        if (i % 100 == 99) {
                            writer.flush();
                        }
                    }
                }));
            }
            for (Thread t : threads) {
                t.join();
            }
        }
        var series = ScalarSeries.ofRun(dir);
        assertEquals(8, series.size());
        series.values().forEach(s -> assertArrayEquals(LongStream.range(0, 400).toArray(), s.steps()));
    }

    @Test
    void whatWasFlushedIsReadableWhileTheWriterIsOpen() throws IOException {
        try (var writer = new SummaryWriter(dir, WriterOptions.DEFAULT.withFlushInterval(Duration.ofHours(1)))) {
            writer.addScalar("x", 1, 1);
            writer.flush();
            assertEquals(1, ScalarSeries.ofRun(dir).get("x").last());
        }
    }

    @Test
    void theIntervalFlushesWithoutBeingAsked() throws Exception {
        var arrived = new CountDownLatch(1);
        EventFiles.Opener opener = _ -> new ByteArrayOutputStream() {
            @Override
            public void write(byte[] b, int off, int len) {
                arrived.countDown();
            }
        };
        try (var writer = new SummaryWriter(dir, WriterOptions.DEFAULT.withFlushInterval(Duration.ofMillis(20)), opener,
                Clock.systemUTC())) {
            writer.addScalar("x", 1, 1);
            assertTrue(arrived.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aClosedWriterOpensAnotherFileInTheSameFolder() throws IOException {
        var writer = new SummaryWriter(dir);
        for (int i = 0; i < 3; i++) {
            writer.addScalar("x", i, i);
            writer.close();
            writer.close();
        }
        assertEquals(3, EventFileReader.files(dir).size());
        assertArrayEquals(new double[] {0, 1, 2}, ScalarSeries.ofRun(dir).get("x").values());
    }

    @Test
    void anUnusedWriterLeavesNoTrace() {
        Path run = dir.resolve("unused");
        try (var writer = new SummaryWriter(run)) {
            writer.flush();
        }
        assertTrue(Files.notExists(run));
    }

    @Test
    void aFullDiskIsReportedOnceAndDropsTheRest() {
        EventFiles.Opener small = _ -> new OutputStream() {
            private int left = 1000;

            @Override
            public void write(int b) throws IOException {
                if (left-- <= 0) {
                    throw new IOException("No space left on device");
                }
            }
        };
        var writer = new SummaryWriter(dir, WriterOptions.DEFAULT.withQueueCapacity(2), small, Clock.systemUTC());
        for (int i = 0; i < 100_000; i++) {
            writer.addScalar("x", i, i);
        }
        var e = assertThrows(LoggerException.class, writer::flush);
        assertTrue(e.getMessage().contains("No space left on device") && e.getMessage().contains(dir.toString()), e.getMessage());
        assertTrue(writer.failure().isPresent());
        writer.addScalar("x", 1, 1);
        writer.close();
        assertEquals(e.getMessage(), writer.failure().orElseThrow().getMessage());
    }

    @Test
    void aFolderThatCanNotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "not a folder");
        var writer = new SummaryWriter(file.resolve("run"));
        writer.addScalar("x", 1, 1);
        var e = assertThrows(LoggerException.class, writer::flush);
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        writer.close();
    }

    @Test
    void anInterruptedCallerKeepsItsInterruptAndItsEvents() throws IOException {
        try (var writer = new SummaryWriter(dir, WriterOptions.DEFAULT.withQueueCapacity(1))) {
            Thread.currentThread().interrupt();
            for (int i = 0; i < 50; i++) {
                writer.addScalar("x", i, i);
            }
            writer.flush();
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(50, ScalarSeries.ofRun(dir).get("x").points().size());
    }

    @Test
    void aKilledProcessKeepsWhatItFlushed() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), KilledWriter.class.getName(), dir.toString())
                .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(9, process.waitFor(), output);
        var x = ScalarSeries.ofRun(dir).get("x");
        assertTrue(x.points().size() >= 500, "only " + x.points().size() + " events survived");
        assertArrayEquals(LongStream.range(0, x.points().size()).toArray(), x.steps());
    }

    /** Writes, flushes, writes on and dies without closing anything. */
    static final class KilledWriter {
        public static void main(String[] args) {
            var writer = new SummaryWriter(Path.of(args[0]));
            for (int i = 0; i < 500; i++) {
                writer.addScalar("x", i, i);
            }
            writer.flush();
            for (int i = 500; i < 5000; i++) {
                writer.addScalar("x", i, i);
            }
            Runtime.getRuntime().halt(9);
        }
    }
}
