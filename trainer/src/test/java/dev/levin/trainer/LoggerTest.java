package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.spi.DefaultLoggerProvider;
import dev.levin.type.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a logger gets for free. */
class LoggerTest {

    @Test
    void aLambdaIsALogger() {
        var seen = new TreeMap<Long, Map<String, Double>>();
        Logger logger = (metrics, step) -> seen.put(step, metrics);
        logger.logHyperparams(Map.of("lr", 0.1));
        logger.logMetrics(Map.of("loss", 0.5), 3);
        logger.save();
        logger.flush();
        logger.afterSaveCheckpoint(new SavedCheckpoint(Path.of("x.ckpt"), 0, 1));
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals(Map.of(3L, Map.of("loss", 0.5)), seen);
        assertTrue(logger.failure().isEmpty());
        assertTrue(logger.logDir().isEmpty() && logger.rootDir().isEmpty() && logger.checkpointDir().isEmpty());
        assertEquals("/", logger.groupSeparator());
    }

    @Test
    void foldersFollowFromSaveDirNameAndVersion() {
        Logger logger = new Folders("digits", "version_3");
        assertEquals(Path.of("runs/digits"), logger.rootDir().orElseThrow());
        assertEquals(Path.of("runs/digits/version_3"), logger.logDir().orElseThrow());
        assertEquals(Path.of("runs/digits/version_3/checkpoints"), logger.checkpointDir().orElseThrow());
        assertEquals(Path.of("runs/checkpoints"), new Folders("", "").checkpointDir().orElseThrow());
    }

    private record Folders(String name, String version) implements Logger {
        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {}

        @Override
        public Optional<Path> saveDir() {
            return Optional.of(Path.of("runs"));
        }
    }

    @Test
    void theDummyTakesEverythingAndShowsNothing() {
        Logger dummy = new DummyLogger();
        dummy.logMetrics(Map.of("x", Double.NaN), 0);
        dummy.logGraph(new GraphDescription(List.of()));
        dummy.finalizeRun(Logger.Status.FAILED);
        assertTrue(dummy.experiment(Runnable.class).isEmpty());
        assertTrue(dummy.logDir().isEmpty());
    }

    @Test
    void withoutALoggerModuleThereIsNoDefault() {
        assertTrue(DefaultLoggerProvider.find(Path.of("runs")).isEmpty());
    }

    @Test
    void twoNodesOfOneNameAreRefused() {
        var node = new GraphDescription.Node("Net/fc", "linear", List.of("x"), Shape.of(2));
        var e = assertThrows(IllegalArgumentException.class, () -> new GraphDescription(List.of(node, node)));
        assertTrue(e.getMessage().contains("Net/fc"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new GraphDescription.Node(" ", "linear", List.of(), Shape.of()));
    }
}
