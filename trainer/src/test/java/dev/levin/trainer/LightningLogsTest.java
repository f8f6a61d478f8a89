package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.nn.Linear;
import dev.levin.optim.Optimizer;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.config.TrainerFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random calls of {@code log} in random hooks against what PyTorch Lightning makes of them: rows, maps, results, refusals.
 * Written by {@code lightning-logs.py} beside the file.
 */
class LightningLogsTest {
    static Stream<String> settings() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(LightningLogsTest.class.getResourceAsStream("/lightning-logs.jsonl"),
                StandardCharsets.UTF_8))) {
            return in.lines().toList().stream();
        }
    }

    private static final class Model extends LightningModule<Tensor> {
        final Linear layer = new Linear(2, 1);
        private final transient JsonNode c;
        private int calls;

        Model(JsonNode settings) {
            c = settings;
        }

        private void write(String hook) {
            for (JsonNode call : c.get("calls")) {
                if (!call.get("hook").asText().equals(hook)) {
                    continue;
                }
                calls++;
                double v = calls * 7 % 13 + call.get("add").asInt();
                List<Log> wishes = new ArrayList<>();
                with(call, "on_step", x -> Log.onStep(x.asBoolean()), wishes);
                with(call, "on_epoch", x -> Log.onEpoch(x.asBoolean()), wishes);
                with(call, "reduce_fx", x -> Log.reduce(x.asText()), wishes);
                with(call, "prog_bar", x -> Log.onProgressBar(), wishes);
                with(call, "logger", x -> Log.noLogger(), wishes);
                with(call, "batch_size", x -> Log.batchSize(x.asInt()), wishes);
                with(call, "add_dataloader_idx", x -> Log.noLoaderName(), wishes);
                Log[] all = wishes.toArray(Log[]::new);
                if (call.get("tensor").asBoolean()) {
                    log(call.get("name").asText(), Tensor.scalar(v), all);
                } else {
                    log(call.get("name").asText(), v, all);
                }
            }
        }

        private static void with(JsonNode call, String key, java.util.function.Function<JsonNode, Log> wish, List<Log> into) {
            if (call.has(key)) {
                into.add(wish.apply(call.get(key)));
            }
        }

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            write("training_step");
            return layer.forward(batch).mean();
        }

        @Override
        public Object validationStepOutput(Tensor batch, int i, int loader) {
            write("validation_step");
            return null;
        }

        @Override
        public void onTrainStart() {
            write("on_train_start");
        }

        @Override
        public void onTrainEpochStart() {
            write("on_train_epoch_start");
        }

        @Override
        public Flow onTrainBatchStart(Tensor batch, int i) {
            write("on_train_batch_start");
            return Flow.CONTINUE;
        }

        @Override
        public void onBeforeOptimizerStep(Optimizer o) {
            write("on_before_optimizer_step");
        }

        @Override
        public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
            write("on_train_batch_end");
        }

        @Override
        public void onTrainEpochEnd() {
            write("on_train_epoch_end");
        }

        @Override
        public void onValidationStart() {
            write("on_validation_start");
        }

        @Override
        public void onValidationEpochStart() {
            write("on_validation_epoch_start");
        }

        @Override
        public void onValidationBatchStart(Tensor batch, int i, int loader) {
            write("on_validation_batch_start");
        }

        @Override
        public void onValidationBatchEnd(Object output, Tensor batch, int i, int loader) {
            write("on_validation_batch_end");
        }

        @Override
        public void onValidationEpochEnd() {
            write("on_validation_epoch_end");
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    private static List<Tensor> batches(JsonNode sizes) {
        List<Tensor> all = new ArrayList<>();
        sizes.forEach(n -> all.add(Tensor.ones(n.asInt(), 2)));
        return all;
    }

    private static String text(Map<String, Double> values) {
        Map<String, Double> sorted = new TreeMap<>();
        values.forEach((k, v) -> sorted.put(k, Math.rint(v * 1e4) / 1e4));
        return sorted.toString();
    }

    private static String text(JsonNode values) {
        Map<String, Double> m = new TreeMap<>();
        values.properties().forEach(e -> m.put(e.getKey(), e.getValue().asDouble()));
        return text(m);
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everyCallIsLoggedAsInLightning(String line) throws IOException {
        JsonNode c = new ObjectMapper().readTree(line);
        List<String> rows = new ArrayList<>();
        Model m = new Model(c);
        List<Iterable<Tensor>> val = new ArrayList<>();
        c.get("val").forEach(v -> val.add(batches(v)));
        Supplier<Trainer> fit = () -> {
            TrainerBuilder b = Trainer.builder().accelerator("cpu").logger((values, step) -> rows.add(step + " " + text(values)));
            c.get("flags").properties().forEach(f -> TrainerFlags.set(b, f.getKey(), f.getValue().asInt()));
            Trainer t = b.build();
            t.fit(m, batches(c.get("train")), Loaders.list(val), Resume.NO);
            return t;
        };
        if (c.has("error")) {
            assertThrows(RuntimeException.class, fit::get);
            return;
        }
        Trainer t = fit.get();
        List<String> expected = new ArrayList<>();
        c.get("rows").forEach(r -> expected.add(r.get(0).asLong() + " " + text(r.get(1))));
        assertEquals(String.join("\n", expected), String.join("\n", rows));
        assertEquals(text(c.get("callback_metrics")), text(t.callbackMetrics()));
        assertEquals(text(c.get("logged_metrics")), text(t.loggedMetrics()));
        assertEquals(text(c.get("progress_bar_metrics")), text(t.progressBarMetrics()));
        List<String> results = new ArrayList<>();
        c.get("validate").forEach(r -> results.add(text(r)));
        assertEquals(results, t.validate(m, Loaders.list(val), CheckpointChoice.CURRENT, false).perLoader().stream().map(LightningLogsTest::text).toList());
    }
}
