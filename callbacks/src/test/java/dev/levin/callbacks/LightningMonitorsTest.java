package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.levin.nn.Linear;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.config.TrainerFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random settings of ModelCheckpoint and EarlyStopping with scripted metrics, against what PyTorch Lightning keeps and when it
 * stops. Written by {@code lightning-monitors.py} beside the file.
 */
class LightningMonitorsTest {
    private static final ObjectMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

    @TempDir
    Path dir;

    static Stream<String> settings() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(LightningMonitorsTest.class.getResourceAsStream("/lightning-monitors.jsonl"),
                StandardCharsets.UTF_8))) {
            return in.lines().toList().stream();
        }
    }

    private static final class Model extends LightningModule<Tensor> {
        final Linear layer = new Linear(2, 1);
        private final transient JsonNode c;
        private int runs;

        Model(JsonNode settings) {
            c = settings;
        }

        private static double at(JsonNode values, long i) {
            return values.get((int) (i % values.size())).asDouble();
        }

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            log("loss", at(c.get("steps"), globalStep()));
            return layer.forward(batch).mean();
        }

        @Override
        public void validationStep(Tensor batch, int i) {
            layer.forward(batch);
        }

        @Override
        public void onValidationEpochEnd() {
            log("val", at(c.get("values"), runs++));
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            return Collections.nCopies(c.get("train").asInt(), Tensor.ones(1, 2));
        }

        @Override
        public Iterable<Tensor> valDataloader() {
            return List.of(Tensor.ones(1, 2));
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    private Trainer run(JsonNode c, dev.levin.trainer.Callback callback) {
        TrainerBuilder b = (c.has("checkpoint") ? Runs.saving(dir) : Runs.quiet(dir)).callbacks(callback).logEveryNSteps(1);
        c.get("flags").properties().forEach(f -> TrainerFlags.set(b, f.getKey(), f.getValue().isInt() ? (Object) f.getValue().asInt() : f.getValue().asDouble()));
        Trainer t = b.build();
        t.fit(new Model(c));
        return t;
    }

    private ModelCheckpoint checkpoint(JsonNode s) {
        ModelCheckpoint m = s.has("monitor") ? ModelCheckpoint.monitoring(s.get("monitor").asText(), mode(s)) : new ModelCheckpoint();
        m.dirpath(dir).saveTopK(s.get("save_top_k").asInt());
        if (s.path("save_last").asBoolean()) {
            m.saveLast();
        }
        if (s.has("every_n_epochs")) {
            m.everyNEpochs(s.get("every_n_epochs").asInt());
        }
        if (s.has("every_n_train_steps")) {
            m.everyNTrainSteps(s.get("every_n_train_steps").asInt());
        }
        if (s.has("save_on_train_epoch_end")) {
            m.saveOnTrainEpochEnd(s.get("save_on_train_epoch_end").asBoolean());
        }
        return m;
    }

    private static Mode mode(JsonNode s) {
        return s.get("mode").asText().equals("min") ? Mode.MIN : Mode.MAX;
    }

    private static EarlyStopping stopping(JsonNode s) {
        EarlyStopping e = new EarlyStopping(s.get("monitor").asText(), mode(s)).patience(s.get("patience").asInt()).checkFinite(s.path("check_finite").asBoolean(true));
        if (s.has("min_delta")) {
            e.minDelta(s.get("min_delta").asDouble());
        }
        if (s.has("stopping_threshold")) {
            e.stoppingThreshold(s.get("stopping_threshold").asDouble());
        }
        if (s.has("divergence_threshold")) {
            e.divergenceThreshold(s.get("divergence_threshold").asDouble());
        }
        if (s.has("check_on_train_epoch_end")) {
            e.checkOnTrainEpochEnd(s.get("check_on_train_epoch_end").asBoolean());
        }
        return e;
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingKeepsAndStopsAsInLightning(String line) throws IOException {
        JsonNode c = JSON.readTree(line);
        if (c.has("error")) {
            assertThrows(RuntimeException.class, () -> run(c, c.has("checkpoint") ? checkpoint(c.get("checkpoint")) : stopping(c.get("stopping"))));
            return;
        }
        if (c.has("checkpoint")) {
            ModelCheckpoint m = checkpoint(c.get("checkpoint"));
            Trainer t = run(c, m);
            List<String> expected = new ArrayList<>();
            c.get("files").forEach(f -> expected.add(f.asText()));
            try (Stream<Path> files = Files.list(dir)) {
                assertEquals(expected, files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".ckpt")).sorted().toList());
            }
            assertEquals(c.get("best").asText(), m.bestModelPath().map(p -> p.getFileName().toString()).orElse(""));
            assertEquals(c.get("last").asText(), m.lastModelPath().map(p -> p.getFileName().toString()).orElse(""));
            assertEquals(c.get("score").isNull() ? Double.NaN : c.get("score").asDouble(), m.bestModelScore().orElse(Double.NaN));
            assertEquals(c.get("step").asLong(), t.globalStep());
            return;
        }
        EarlyStopping e = stopping(c.get("stopping"));
        Trainer t = run(c, e);
        assertEquals(c.get("step").asLong(), t.globalStep());
        assertEquals(c.get("epoch").asInt(), t.currentEpoch());
        assertEquals(c.get("stopped").asInt(), e.stoppedEpoch());
        assertEquals(c.get("reason").asInt(), e.reason().ordinal());
        assertEquals(c.get("wait").asInt(), e.waitCount());
        assertEquals(c.get("best").asDouble(), e.bestScore());
    }
}
