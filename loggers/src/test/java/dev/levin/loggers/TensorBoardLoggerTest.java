package dev.levin.loggers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.loggers.tensorboard.EventFileReader;
import dev.levin.loggers.tensorboard.ScalarSeries;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.hparams.HParamsPluginData;
import dev.levin.loggers.tensorboard.proto.hparams.Status;
import dev.levin.trainer.GraphDescription;
import dev.levin.trainer.Logger;
import dev.levin.trainer.LoggerException;
import dev.levin.trainer.spi.DefaultLoggerProvider;
import dev.levin.type.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLoggerTest {
    enum Mode { MIN }

    @TempDir
    Path dir;

    private TensorBoardLogger logger() {
        return new TensorBoardLogger(dir.toString());
    }

    @Test
    void case91VersionsCountUpFromTheHighestThere() throws IOException {
        Path root = dir.resolve("lightning_logs");
        for (String name : List.of("version_0", "version_1", "version_nonumber")) {
            Files.createDirectories(root.resolve(name));
        }
        Files.writeString(root.resolve("version_9"), "a file, not a run");
        assertEquals("version_2", logger().version());
        var next = logger();
        assertEquals(root.resolve("version_3"), next.logDir().orElseThrow());
        assertEquals(root.resolve("version_3/checkpoints"), next.checkpointDir().orElseThrow());
    }

    @Test
    void loggersThatStartTogetherGetVersionsOfTheirOwn() throws InterruptedException {
        Set<String> versions = ConcurrentHashMap.newKeySet();
        var threads = IntStream.range(0, 16)
                .mapToObj(_ -> Thread.startVirtualThread(() -> versions.add(logger().version()))).toList();
        for (Thread t : threads) {
            t.join();
        }
        assertEquals(16, versions.size());
    }

    @Test
    void aGivenVersionIsTheFolder() {
        assertEquals(dir.resolve("lightning_logs/fold_3"), logger().version("fold_3").logDir().orElseThrow());
        assertEquals(dir.resolve("lightning_logs/version_7"), logger().version(7).logDir().orElseThrow());
        assertEquals(dir.resolve("version_0"), new TensorBoardLogger(dir.toString(), "").logDir().orElseThrow());
        var sub = new TensorBoardLogger(dir.toString(), "digits").version("a").subDir("train");
        assertEquals(dir.resolve("digits/a/train"), sub.logDir().orElseThrow());
        assertEquals(dir.resolve("digits/a/checkpoints"), sub.checkpointDir().orElseThrow());
        assertEquals(dir.resolve("digits"), sub.rootDir().orElseThrow());
        assertThrows(IllegalArgumentException.class, () -> logger().version(" "));
    }

    @Test
    void homeAndEnvironmentAreExpanded() {
        var home = new TensorBoardLogger("~/runs").saveDir().orElseThrow();
        assertEquals(Path.of(System.getProperty("user.home"), "runs"), home);
        assertEquals(Path.of(System.getenv("PATH") + "/x"), new TensorBoardLogger("$PATH/x").saveDir().orElseThrow());
        assertEquals(Path.of(System.getenv("PATH") + "x"), new TensorBoardLogger("${PATH}x").saveDir().orElseThrow());
        assertEquals(Path.of("$LEVIN_NOT_SET/x"), new TensorBoardLogger("$LEVIN_NOT_SET/x").saveDir().orElseThrow());
    }

    @Test
    void nothingIsWrittenBeforeSomethingIsLogged() throws IOException {
        var logger = logger().version("a");
        logger.save();
        logger.finalizeRun(Logger.Status.SUCCESS);
        try (var entries = Files.list(dir)) {
            assertEquals(0, entries.count());
        }
    }

    @Test
    void metricsAreScalarsWithPrefixAndLinesRunsOfOneChart() throws IOException {
        var logger = logger().version("a").prefix("exp");
        logger.logMetrics(Map.of("val/loss", 0.5), 3);
        logger.logLines("acc", Map.of("train", 0.75), 3);
        logger.finalizeRun(Logger.Status.SUCCESS);
        var runs = ScalarSeries.ofRuns(logger.logDir().orElseThrow());
        assertEquals(0.5, runs.get(".").get("exp-val/loss").at(3).getAsDouble());
        assertEquals(0.75, runs.get("exp-acc_train").get("exp-acc").last());
    }

    @Test
    void hyperParametersBecomeColumnsAndAFile() throws IOException {
        var params = new LinkedHashMap<String, Object>();
        params.put("optim", Map.of("lr", 0.01));
        params.put("layers", List.of(64, 10));
        params.put("kernel", new int[] {3, 3});
        params.put("mode", Mode.MIN);
        params.put("digits", "10");
        params.put("bias", true);
        params.put("none", null);
        var logger = logger().version("a");
        logger.logHyperparams(params);
        logger.save();
        logger.finalizeRun(Logger.Status.FAILED);
        Path run = logger.logDir().orElseThrow();
        assertEquals("""
                optim:
                  lr: 0.01
                layers:
                - 64
                - 10
                kernel:
                - 3
                - 3
                mode: "MIN"
                digits: "10"
                bias: true
                none: null
                """, Files.readString(run.resolve("hparams.yaml")));
        var events = EventFileReader.readAll(run);
        assertEquals(-1, ScalarSeries.ofRun(run).get("hp_metric").last());
        var start = session(events, "_hparams_/session_start_info").getSessionStartInfo().getHparamsMap();
        assertEquals(Set.of("optim/lr", "layers", "kernel", "mode", "digits", "bias"), start.keySet());
        assertEquals(0.01, start.get("optim/lr").getNumberValue());
        assertEquals("[64, 10]", start.get("layers").getStringValue());
        assertEquals("MIN", start.get("mode").getStringValue());
        assertEquals(Status.STATUS_FAILURE, session(events, "_hparams_/session_end_info").getSessionEndInfo().getStatus());
    }

    @Test
    void givenMetricsReplaceTheDefaultOne() throws IOException {
        var logger = logger().version("a");
        logger.logHyperparams(Map.of("lr", 1), Map.of("val_acc", 0.25));
        logger.finalizeRun(Logger.Status.SUCCESS);
        var scalars = ScalarSeries.ofRun(logger.logDir().orElseThrow());
        assertEquals(Set.of("val_acc"), scalars.keySet());

        var silent = logger().version("b").defaultHpMetric(false);
        silent.logHyperparams(Map.of("lr", 1));
        silent.finalizeRun(Logger.Status.SUCCESS);
        assertTrue(Files.exists(silent.logDir().orElseThrow().resolve("hparams.yaml")));
        assertTrue(EventFileReader.files(silent.logDir().orElseThrow()).isEmpty());
    }

    @Test
    void case91AnExistingHparamsFileStays() throws IOException {
        var logger = logger().version("a");
        Path file = Files.createDirectories(logger.logDir().orElseThrow()).resolve("hparams.yaml");
        Files.writeString(file, "mine: 1\n");
        logger.logHyperparams(Map.of("lr", 1));
        logger.save();
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("mine: 1\n", Files.readString(file));
    }

    @Test
    void theGraphIsWrittenOnlyWhenAskedFor() throws IOException {
        var graph = new GraphDescription(List.of(new GraphDescription.Node("x", "input", List.of(), Shape.of(1))));
        for (boolean on : new boolean[] {true, false}) {
            var logger = logger().version("graph_" + on).logGraph(on);
            logger.logGraph(graph);
            logger.logMetrics(Map.of("x", 1.0), 0);
            logger.finalizeRun(Logger.Status.SUCCESS);
            assertEquals(on, EventFileReader.readAll(logger.logDir().orElseThrow()).stream().anyMatch(Event::hasGraphDef));
        }
    }

    @Test
    void aFinishedLoggerGoesOnWithTheNextRun() throws IOException {
        var logger = logger().version("a");
        logger.logMetrics(Map.of("fit", 1.0), 0);
        logger.finalizeRun(Logger.Status.SUCCESS);
        logger.logMetrics(Map.of("test", 2.0), 1);
        logger.finalizeRun(Logger.Status.SUCCESS);
        var scalars = ScalarSeries.ofRun(logger.logDir().orElseThrow());
        assertArrayEquals(new double[] {1, 2}, new double[] {scalars.get("fit").last(), scalars.get("test").last()});
    }

    @Test
    void settingsAreFixedOnceWritingBegan() {
        var logger = logger().version("a");
        logger.logMetrics(Map.of("x", 1.0), 0);
        var e = assertThrows(IllegalStateException.class, () -> logger.version("b"));
        assertTrue(e.getMessage().contains(dir.toString()), e.getMessage());
        logger.finalizeRun(Logger.Status.SUCCESS);
    }

    @Test
    void aFolderThatCanNotBeMadeDoesNotStopTheCaller() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "not a folder");
        var logger = new TensorBoardLogger(file.toString());
        logger.logMetrics(Map.of("x", 1.0), 0);
        logger.logHyperparams(Map.of("lr", 1));
        logger.save();
        var e = assertThrows(LoggerException.class, logger::flush);
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        logger.finalizeRun(Logger.Status.FAILED);
        assertFalse(logger.failure().isEmpty());
    }

    @Test
    void theTrainersDefaultIsFound() {
        Logger found = DefaultLoggerProvider.find(dir).orElseThrow();
        assertInstanceOf(TensorBoardLogger.class, found);
        assertEquals(dir.resolve("lightning_logs/version_0"), found.logDir().orElseThrow());
        assertTrue(found.experiment(SummaryWriter.class).isPresent());
    }

    private static HParamsPluginData session(List<Event> events, String tag) throws IOException {
        Summary.Value value = events.stream().flatMap(e -> e.getSummary().getValueList().stream())
                .filter(v -> v.getTag().equals(tag)).findFirst().orElseThrow();
        return HParamsPluginData.parseFrom(value.getMetadata().getPluginData().getContent());
    }

    @Test
    void aResumedRunDeclaresVoidWhatComesAgain() throws IOException {
        for (int run = 0; run < 2; run++) {
            var logger = new TensorBoardLogger(dir.toString(), "x").version("a");
            if (run == 1) {
                logger.resumesAt(3);
            }
            for (int step = run * 3; step < 5; step++) {
                logger.logMetrics(Map.of("loss", run + step / 10.0), step);
            }
            logger.finalizeRun(Logger.Status.SUCCESS);
        }
        ScalarSeries loss = ScalarSeries.ofRun(dir.resolve("x").resolve("a")).get("loss");
        assertArrayEquals(new long[] {0, 1, 2, 3, 4}, loss.steps());
        assertArrayEquals(new double[] {0, 0.1, 0.2, 1.3, 1.4}, loss.values(), 1e-6);
    }
}
