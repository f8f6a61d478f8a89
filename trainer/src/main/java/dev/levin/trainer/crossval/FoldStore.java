package dev.levin.trainer.crossval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.levin.io.AtomicFile;
import dev.levin.trainer.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Results of finished folds, a small JSON file each. */
final class FoldStore {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path dir;

    /** @param dir null keeps nothing */
    FoldStore(Path dir) {
        this.dir = dir;
    }

    /** Null if the fold is not finished. */
    FoldResult load(int fold) {
        if (dir == null || !Files.exists(file(fold))) {
            return null;
        }
        try {
            JsonNode n = JSON.readTree(file(fold).toFile());
            Map<String, Double> metrics = new LinkedHashMap<>();
            n.get("metrics").properties().forEach(e -> metrics.put(e.getKey(), e.getValue().isTextual() ? Double.valueOf(e.getValue().asText())
                    : e.getValue().asDouble()));
            return new FoldResult(fold, Status.valueOf(n.get("status").asText()), metrics,
                    n.hasNonNull("checkpoint") ? Optional.of(Path.of(n.get("checkpoint").asText())) : Optional.empty(), n.get("step").asLong(),
                    n.get("epoch").asInt());
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("the result of fold " + fold + " in " + file(fold) + " can't be read; delete the file to run the fold again", e);
        }
    }

    void save(FoldResult r) {
        if (dir == null || r.status() != Status.FINISHED) {
            return;
        }
        ObjectNode n = JSON.createObjectNode();
        n.put("status", r.status().name()).put("step", r.step()).put("epoch", r.epoch());
        n.put("checkpoint", r.bestCheckpoint().map(Path::toString).orElse(null));
        ObjectNode metrics = n.putObject("metrics");
        r.metrics().forEach((k, v) -> {
            if (Double.isFinite(v)) {
                metrics.put(k, v);
            } else {
                metrics.put(k, v.toString());
            }
        });
        try {
            Files.createDirectories(dir);
            AtomicFile.write(file(r.fold()), channel -> {
                ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(n));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException("the result of fold " + r.fold() + " can't be written to " + dir + ": " + e.getMessage(), e);
        }
    }

    private Path file(int fold) {
        return dir.resolve("fold_" + fold + ".json");
    }
}
