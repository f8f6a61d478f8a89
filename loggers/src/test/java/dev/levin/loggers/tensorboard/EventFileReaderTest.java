package dev.levin.loggers.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileReaderTest {
    @TempDir
    Path dir;

    private byte[] whole;
    private long intact;

    /** A file of the version and three scalars; {@code intact} is where the last record starts. */
    @BeforeEach
    void writeThreeScalars() throws IOException {
        Path run = dir.resolve("run");
        try (var writer = new SummaryWriter(run)) {
            for (int i = 0; i < 3; i++) {
                writer.addScalar("x", i, i);
            }
        }
        whole = Files.readAllBytes(EventFileReader.files(run).getFirst());
        try (var reader = new EventFileReader(EventFileReader.files(run).getFirst())) {
            reader.next();
            reader.next();
            reader.next();
            intact = reader.offset();
        }
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(dir.resolve("events.out.tfevents.cut"), bytes);
    }

    @Test
    void aFileCutAnywhereInTheLastRecordEndsBeforeIt() throws IOException {
        for (int length = (int) intact; length < whole.length; length++) {
            try (var reader = new EventFileReader(file(Arrays.copyOf(whole, length)))) {
                int events = 0;
                while (reader.next().isPresent()) {
                    events++;
                }
                assertEquals(3, events, "cut at " + length);
                assertEquals(length > intact, reader.truncated(), "cut at " + length);
                assertEquals(intact, reader.offset());
                assertTrue(reader.next().isEmpty());
            }
        }
    }

    @Test
    void anyChangedByteIsFound() throws IOException {
        for (int at = (int) intact; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Path file = file(damaged);
            var e = assertThrows(EventFileException.class, () -> EventFileReader.readAll(file), "byte " + at);
            assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("offset " + intact), e.getMessage());
        }
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        Path file = file("step,train_loss\n1,0.5\n2,0.25\n".getBytes());
        assertThrows(EventFileException.class, () -> EventFileReader.readAll(file));
    }

    @Test
    void anEmptyFileAndAnEmptyFolderHoldNothing() throws IOException {
        assertTrue(EventFileReader.readAll(file(new byte[0])).isEmpty());
        assertTrue(EventFileReader.readAll(Files.createDirectory(dir.resolve("empty"))).isEmpty());
    }

    @Test
    void aRestartedRunVoidsWhatItRepeats() throws IOException {
        Path run = dir.resolve("restarted");
        try (var first = new SummaryWriter(run)) {
            for (int i = 0; i < 5; i++) {
                first.addScalar("x", i, i);
            }
            first.addScalar("only-late", 1, 4);
        }
        try (var second = new SummaryWriter(run, WriterOptions.DEFAULT.withPurgeStep(3))) {
            second.addScalar("x", 30, 3);
        }
        var series = ScalarSeries.ofRun(run);
        assertArrayEquals(new double[] {0, 1, 2, 30}, series.get("x").values());
        assertEquals(1, series.size());
    }
}
