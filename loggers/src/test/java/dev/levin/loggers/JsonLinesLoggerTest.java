package dev.levin.loggers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.trainer.Logger;
import dev.levin.trainer.SavedCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesLoggerTest {
    @TempDir
    Path dir;

    @Test
    void everyCallIsOneLine() throws IOException {
        var logger = new JsonLinesLogger(dir.toString()).version("a");
        var metrics = new LinkedHashMap<String, Double>();
        metrics.put("loss", 0.5);
        metrics.put("nan", Double.NaN);
        metrics.put("inf", Double.NEGATIVE_INFINITY);
        logger.logHyperparams(Map.of("optim", Map.of("lr", 0.1)), Map.of("acc", 0.0));
        logger.logMetrics(metrics, 3);
        logger.afterSaveCheckpoint(new SavedCheckpoint(Path.of("e.ckpt"), 1, 10, Optional.of("val_loss"),
                OptionalDouble.of(0.25), Optional.of(Path.of("best.ckpt"))));
        logger.save();
        assertEquals(3, Files.readAllLines(logger.file()).size());
        logger.finalizeRun(Logger.Status.INTERRUPTED);
        List<JsonNode> lines = Files.readAllLines(logger.file()).stream().map(JsonLinesLoggerTest::parse).toList();
        assertEquals(List.of("hparams", "metrics", "checkpoint", "end"), lines.stream().map(l -> l.get("type").asText()).toList());
        assertEquals("{\"optim/lr\":0.1}", lines.get(0).get("values").toString());
        assertEquals(3, lines.get(1).get("step").asLong());
        assertEquals("{\"loss\":0.5,\"nan\":\"NaN\",\"inf\":\"-Infinity\"}", lines.get(1).get("values").toString());
        assertEquals("val_loss", lines.get(2).get("monitor").asText());
        assertEquals("best.ckpt", lines.get(2).get("best").asText());
        assertEquals("INTERRUPTED", lines.get(3).get("status").asText());
        lines.forEach(l -> assertTrue(Instant.parse(l.get("time").asText()).isBefore(Instant.now().plusSeconds(1))));
        assertTrue(Files.exists(logger.file().resolveSibling("hparams.yaml")));
    }

    @Test
    void aContinuedRunAppends() throws IOException {
        for (int i = 0; i < 2; i++) {
            var logger = new JsonLinesLogger(dir.toString()).version("a");
            logger.logMetrics(Map.of("x", 1.0), i);
            logger.finalizeRun(Logger.Status.SUCCESS);
        }
        assertEquals(4, Files.readAllLines(dir.resolve("lightning_logs/a/metrics.jsonl")).size());
    }

    private static JsonNode parse(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }
}
