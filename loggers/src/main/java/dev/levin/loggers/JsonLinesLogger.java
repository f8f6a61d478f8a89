package dev.levin.loggers;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.trainer.SavedCheckpoint;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Logs to {@code saveDir/name/version/metrics.jsonl}: one JSON object per line, of type {@code metrics},
 * {@code hparams}, {@code checkpoint} or {@code end}, each with the time.
 *
 * <pre>{"type":"metrics","time":"2026-01-01T12:00:00Z","step":49,"values":{"train_loss":0.31,"epoch":0.0}}</pre>
 *
 * <p>NaN and infinities, which JSON can't say, are the strings {@code "NaN"}, {@code "Infinity"}, {@code "-Infinity"}.
 * Each line reaches the file when {@link #save} is called, at the latest when 8 KiB are waiting; a continued run appends.
 */
public final class JsonLinesLogger extends FolderLogger<JsonLinesLogger> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private BufferedWriter out;

    /** Runs in {@code saveDir/lightning_logs/version_N}. */
    public JsonLinesLogger(String saveDir) {
        this(saveDir, DEFAULT_NAME);
    }

    /**
     * Runs in {@code saveDir/name/version_N}.
     *
     * @param name of the experiment; empty for no such level
     */
    public JsonLinesLogger(String saveDir, String name) {
        super(saveDir, name);
    }

    @Override
    protected JsonLinesLogger self() {
        return this;
    }

    /** The file with the lines. */
    public Path file() {
        return folder().resolve("metrics.jsonl");
    }

    @Override
    public void logMetrics(Map<String, Double> metrics, long step) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("values", prefixed(metrics));
        write("metrics", line);
    }

    @Override
    public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
        super.logHyperparams(params, metrics);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("values", HparamsFile.flatten(params));
        line.put("metrics", prefixed(metrics));
        write("hparams", line);
    }

    @Override
    public void resumesAt(long step) {
        write("resume", Map.of("step", step));
    }

    @Override
    public void afterSaveCheckpoint(SavedCheckpoint checkpoint) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("path", checkpoint.path().toString());
        line.put("epoch", checkpoint.epoch());
        line.put("step", checkpoint.step());
        checkpoint.monitor().ifPresent(m -> line.put("monitor", m));
        checkpoint.score().ifPresent(s -> line.put("score", s));
        checkpoint.best().ifPresent(b -> line.put("best", b.toString()));
        write("checkpoint", line);
    }

    @Override
    public synchronized void save() {
        super.save();
        if (out != null && failure().isEmpty()) {
            try {
                out.flush();
            } catch (IOException e) {
                fail(file(), e);
            }
        }
    }

    @Override
    public synchronized void finalizeRun(Status status) {
        super.save();
        if (out != null) {
            write("end", Map.of("status", status.name()));
            try {
                out.close();
            } catch (IOException e) {
                fail(file(), e);
            }
            out = null;
        }
    }

    private synchronized void write(String type, Map<String, Object> content) {
        if (failure().isPresent()) {
            return;
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("type", type);
        line.put("time", Instant.now().toString());
        line.putAll(content);
        try {
            if (out == null) {
                Files.createDirectories(file().getParent());
                out = Files.newBufferedWriter(file(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            out.write(JSON.writeValueAsString(line) + "\n");
        } catch (IOException e) {
            fail(file(), e);
        }
    }
}
