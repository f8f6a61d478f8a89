package dev.levin.trainer;

import dev.levin.io.FormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Brings the content of files of older versions to the current one, a version at a time. */
final class CheckpointMigrations {
    /** Step {@code i} makes version {@code i + 2} of version {@code i + 1}. */
    private static final List<UnaryOperator<Map<String, Object>>> CHAIN = List.of(CheckpointMigrations::metricsWithTheirOptions);

    private CheckpointMigrations() {
    }

    static Map<String, Object> toCurrent(Map<String, Object> content, int version, Path file) throws FormatException {
        if (version < 1) {
            throw new FormatException(file, "it has no format version, so it was not written by a Trainer");
        }
        Map<String, Object> migrated = content;
        for (UnaryOperator<Map<String, Object>> step : CHAIN.subList(version - 1, Checkpoint.VERSION - 1)) {
            migrated = step.apply(migrated);
        }
        return migrated;
    }

    /** Version 1 kept what epochs gathered, but not all options of a logged value, nor the rows of steps that were still due. */
    private static Map<String, Object> metricsWithTheirOptions(Map<String, Object> content) {
        Map<String, Object> c = new LinkedHashMap<>(content);
        Map<String, Object> loops = new LinkedHashMap<>(Json.map(c, "loops"));
        loops.putIfAbsent("validate_loop", Map.of("batches", List.of()));
        c.put("loops", loops);
        if (c.get("metrics") instanceof Map<?, ?>) {
            Map<String, Object> metrics = new LinkedHashMap<>(Json.map(c, "metrics"));
            metrics.put("logged", Map.of());
            metrics.put("progress", Map.of());
            List<Object> training = new ArrayList<>();
            for (Object o : (List<?>) metrics.get("training")) {
                training.add(withOptions(Json.map(o)));
            }
            metrics.put("training", training);
            c.put("metrics", metrics);
        }
        return c;
    }

    private static Map<String, Object> withOptions(Map<String, Object> old) {
        Map<String, Object> e = new LinkedHashMap<>(old);
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("bar", e.remove("bar"));
        options.put("logger", e.remove("logger"));
        options.put("on_step", e.remove("on_step"));
        options.put("on_epoch", true);
        options.put("reduce", e.remove("reduce"));
        options.put("loader_name", true);
        options.put("sync_dist", false);
        options.put("rank_zero_only", false);
        e.put("options", options);
        e.put("active", true);
        e.put("fresh", false);
        e.put("latest", null);
        e.put("object", e.remove("metric"));
        return e;
    }
}
