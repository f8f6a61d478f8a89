package dev.levin.loggers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Logger;
import dev.levin.trainer.LoggerException;
import dev.levin.trainer.SavedCheckpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MLflowLoggerTest {
    private static final List<Duration> SHORT = List.of(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(4));

    private MLflowServer server;

    @BeforeEach
    void start() throws IOException {
        server = new MLflowServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private MLflowLogger logger() {
        return new MLflowLogger(server.uri(), "digits").retries(SHORT);
    }

    @Test
    void aRunIsMadeFilledAndEnded() {
        var logger = logger().runName("first").tag("team", "a").prefix("p");
        logger.logHyperparams(Map.of("optim", Map.of("lr", 0.1)), Map.of());
        logger.logMetrics(new LinkedHashMap<>(Map.of("val/loss", 0.5)), 3);
        logger.logMetrics(Map.of("bad", Double.NaN), 4);
        logger.logMetrics(Map.of("worse", Double.NEGATIVE_INFINITY), 5);
        logger.afterSaveCheckpoint(new SavedCheckpoint(Path.of("last.ckpt"), 0, 5, Optional.of("val/loss"),
                OptionalDouble.of(0.5), Optional.of(Path.of("best.ckpt"))));
        logger.flush();
        assertEquals("r1", logger.version());
        assertEquals("RUNNING", server.status);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("FINISHED", server.status);
        assertEquals("digits", server.experimentName);
        assertEquals("first", server.runName);
        assertEquals(Map.of("optim/lr", "0.1"), server.params);
        assertEquals("a", server.tags.get("team"));
        assertEquals("last.ckpt", server.tags.get("checkpoint.last"));
        assertEquals("best.ckpt", server.tags.get("checkpoint.best"));
        assertEquals(List.of("p-val/loss", "p-bad", "p-worse"), server.metrics.stream().map(m -> m.get("key").asText()).toList());
        assertEquals(List.of("0.5", "NaN", "-Infinity"), server.metrics.stream().map(m -> m.get("value").asText()).toList());
        assertEquals(List.of(3L, 4L, 5L), server.metrics.stream().map(m -> m.get("step").asLong()).toList());
        assertEquals(System.currentTimeMillis(), server.metrics.getFirst().get("timestamp").asLong(), 60_000);
        assertTrue(logger.failure().isEmpty());
        assertEquals(List.of("experiments/get-by-name", "experiments/create", "runs/create", "runs/log-batch", "runs/log-batch",
                "runs/log-batch", "runs/update"), server.calls);
    }

    @Test
    void manyValuesAreSentInBatchesWithinTheLimitsAndInOrder() {
        server.experimentName = "digits";
        var logger = logger();
        var params = new LinkedHashMap<String, Object>();
        IntStream.range(0, 250).forEach(i -> params.put("p" + i, "ü".repeat(7000)));
        logger.logHyperparams(params);
        for (int i = 0; i < 2500; i++) {
            logger.logMetrics(Map.of("x", (double) i), i);
        }
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertTrue(logger.failure().isEmpty(), () -> logger.failure().get().getMessage());
        assertEquals(IntStream.range(0, 2500).boxed().toList(), server.metrics.stream().map(m -> m.get("step").asInt()).toList());
        assertEquals(250, server.params.size());
        assertEquals(6000, server.params.get("p0").length());
        assertTrue(server.largestBatch <= 1000);
        assertTrue(server.calls.stream().filter("runs/log-batch"::equals).count() < 12, server.calls.toString());
    }

    @Test
    void passingFailuresAreRetriedWithoutLossOrChangeOfOrder() {
        server.failures.addAll(List.of(503, 500, 429));
        var logger = logger();
        logger.logMetrics(Map.of("x", 1.0), 1);
        logger.flush();
        server.failures.addAll(List.of(503, 503));
        logger.logMetrics(Map.of("x", 2.0), 2);
        logger.finalizeRun(Logger.Status.FAILED);
        assertTrue(logger.failure().isEmpty());
        assertEquals(List.of(1, 2), server.metrics.stream().map(m -> m.get("step").asInt()).toList());
        assertEquals("FAILED", server.status);
    }

    @Test
    void aServerThatStaysAwayIsGivenUpWithOneMessage() {
        server.failures.addAll(List.of(503, 503, 503, 503));
        var logger = logger();
        logger.logMetrics(Map.of("x", 1.0), 1);
        var e = assertThrows(LoggerException.class, logger::flush);
        assertTrue(e.getMessage().contains(server.uri()) && e.getMessage().contains("503") && e.getMessage().contains("4 attempts"),
                e.getMessage());
        int calls = server.calls.size();
        logger.logMetrics(Map.of("x", 2.0), 2);
        logger.finalizeRun(Logger.Status.SUCCESS);
        logger.logMetrics(Map.of("x", 3.0), 3);
        assertEquals(calls, server.calls.size());
        assertFalse(logger.failure().isEmpty());
    }

    @Test
    void noServerAtAllDoesNotStopTheCaller() {
        String uri = server.uri();
        server.close();
        var logger = new MLflowLogger(uri, "digits").retries(SHORT);
        logger.logMetrics(Map.of("x", 1.0), 1);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertTrue(logger.failure().orElseThrow().getMessage().contains(uri));
    }

    @Test
    void aRefusedLoginIsNotRetried() {
        server.failures.add(401);
        var logger = logger();
        logger.logMetrics(Map.of("x", 1.0), 1);
        assertThrows(LoggerException.class, logger::flush);
        assertEquals(1, server.calls.size());
    }

    @Test
    void aChangedParameterLosesOnlyItself() {
        server.params.put("lr", "0.1");
        var logger = logger();
        logger.logHyperparams(Map.of("lr", 0.2));
        logger.logMetrics(Map.of("x", 1.0), 1);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertTrue(logger.failure().isEmpty());
        assertEquals("0.1", server.params.get("lr"));
        assertEquals(1, server.metrics.size());
    }

    @Test
    void aFinishedRunIsContinuedByLaterCalls() {
        var logger = logger();
        logger.logMetrics(Map.of("fit", 1.0), 1);
        logger.finalizeRun(Logger.Status.SUCCESS);
        logger.logMetrics(Map.of("test", 1.0), 2);
        logger.finalizeRun(Logger.Status.INTERRUPTED);
        assertEquals(1, server.calls.stream().filter("runs/create"::equals).count());
        assertEquals(2, server.metrics.size());
        assertEquals("KILLED", server.status);
    }

    @Test
    void anUnknownRunIdIsReported() {
        var logger = logger().runId("gone");
        assertEquals("gone", logger.version());
        logger.logMetrics(Map.of("x", 1.0), 1);
        assertTrue(assertThrows(LoggerException.class, logger::flush).getMessage().contains("gone"));
    }

    @Test
    void namesTheServerRefusesAreReplaced() {
        var logger = logger();
        logger.logMetrics(Map.of("acc@1 %", 1.0), 1);
        logger.finalizeRun(Logger.Status.SUCCESS);
        assertEquals("acc_1 _", server.metrics.getFirst().get("key").asText());
    }

    @Test
    void credentialsComeFromTheEnvironment() throws IOException {
        server.experimentName = "digits";
        for (var environment : List.of(Map.of("MLFLOW_TRACKING_TOKEN", "abc"),
                Map.of("MLFLOW_TRACKING_USERNAME", "user", "MLFLOW_TRACKING_PASSWORD", "pass"), Map.<String, String>of())) {
            var client = new MLflowClient(URI.create(server.uri() + "/"), environment, Duration.ofSeconds(10));
            assertEquals("7", client.get("experiments/get-by-name", "experiment_name", "digits")
                    .path("experiment").path("experiment_id").asText());
            client.close();
        }
        assertEquals("Bearer abc", server.authorizations.get(0));
        assertEquals("Basic dXNlcjpwYXNz", server.authorizations.get(1));
        assertEquals(null, server.authorizations.get(2));
    }

    @Test
    void anAddressWithoutASchemeIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> new MLflowLogger("./mlruns", "digits"));
        assertTrue(e.getMessage().contains("./mlruns"), e.getMessage());
    }
}
