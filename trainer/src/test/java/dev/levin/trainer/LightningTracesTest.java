package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.nn.Linear;
import dev.levin.optim.Optimizer;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.config.TrainerFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random settings of the Trainer against what PyTorch Lightning does with them: every step, validation, scheduler step,
 * loader request and logger row, in order. Written by {@code lightning-traces.py} beside the file.
 */
class LightningTracesTest {
    static Stream<String> settings() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(LightningTracesTest.class.getResourceAsStream("/lightning-traces.jsonl"),
                StandardCharsets.UTF_8))) {
            return in.lines().toList().stream();
        }
    }

    private static final class Model extends LightningModule<Tensor> {
        final Linear layer = new Linear(4, 1);
        final List<String> events = new ArrayList<>();
        private final transient JsonNode c;
        private int seen;

        Model(JsonNode settings) {
            c = settings;
        }

        private void log(String name, double value, int step, int epoch) {
            boolean onStep = c.get("log").get(step).asBoolean();
            boolean onEpoch = c.get("log").get(epoch).asBoolean();
            if (onStep || onEpoch) {
                log(name, value, Log.onStep(onStep), Log.onEpoch(onEpoch));
            }
        }

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            events.add("b" + i);
            log("t", 1, 0, 1);
            if (!c.get("stop").isNull() && seen == c.get("stop").asInt()) {
                trainer().requestStop("asked to");
            }
            seen++;
            return layer.forward(batch).mean();
        }

        @Override
        public void validationStep(Tensor batch, int i) {
            events.add("v");
            log("v", 1, 2, 3);
        }

        @Override
        public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
            events.add("o");
            super.optimizerStep(epoch, i, o, closure);
        }

        @Override
        public void lrSchedulerStep(SchedulerConfig s, Double metric) {
            events.add("s");
            super.lrSchedulerStep(s, metric);
        }

        @Override
        public void onTrainEpochStart() {
            events.add("E" + currentEpoch());
        }

        @Override
        public void onTrainEpochEnd() {
            events.add("e");
        }

        @Override
        public void onValidationStart() {
            events.add(trainer().isSanityChecking() ? "S" : "V");
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            events.add("T");
            List<Tensor> data = Collections.nCopies(c.get("train").asInt(), Tensor.ones(1, 4));
            return c.get("unsized").asBoolean() ? data::iterator : data;
        }

        @Override
        public Iterable<Tensor> valDataloader() {
            events.add("W");
            return Collections.nCopies(c.get("val").asInt(), Tensor.ones(1, 4));
        }

        @Override
        public Optimizers configureOptimizers() {
            SGD sgd = new SGD(parameters(), 0.1);
            JsonNode s = c.get("schedule");
            return s.isNull() ? Optimizers.of(sgd) : Optimizers.of(sgd,
                    SchedulerConfig.of(new StepLR(sgd, 1)).every(s.get(1).asInt(), SchedulerConfig.Interval.parse(s.get(0).asText())));
        }
    }

    private static final class Rows implements Logger {
        final List<String> rows = new ArrayList<>();

        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
            String keys = new TreeSet<>(metrics.keySet()).stream().filter(k -> !k.equals("epoch")).collect(Collectors.joining(","));
            rows.add(step + ":" + keys + (metrics.containsKey("epoch") ? "@" + metrics.get("epoch").intValue() : ""));
        }
    }

    private static List<String> withoutValidation(List<String> events) {
        List<String> kept = new ArrayList<>(events.subList(0, events.indexOf("E0")));
        events.subList(kept.size(), events.size()).stream().filter(e -> !e.equals("V") && !e.equals("v")).forEach(kept::add);
        return kept;
    }

    private static List<String> withoutEvaluationSteps(List<String> rows) {
        return rows.stream().filter(r -> r.contains("@") || !r.contains("v")).toList();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingRunsAsItDoesInLightning(String line) throws IOException {
        JsonNode c = new ObjectMapper().readTree(line);
        Model m = new Model(c);
        Rows rows = new Rows();
        Supplier<Trainer> run = () -> {
            TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(rows).enableCheckpointing(false);
            c.get("flags").properties().forEach(f -> {
                JsonNode v = f.getValue();
                if (!v.isNull() || f.getKey().equals("check_val_every_n_epoch")) {
                    TrainerFlags.set(b, f.getKey(), v.isNull() ? null : v.isInt() ? (Object) v.asInt() : (Object) v.asDouble());
                }
            });
            Trainer t = b.build();
            t.fit(m);
            return t;
        };
        if (c.has("error")) {
            RuntimeException e = assertThrows(RuntimeException.class, run::get);
            assertTrue(e instanceof IllegalArgumentException, e.toString());
            return;
        }
        Trainer t = run.get();
        JsonNode flags = c.get("flags");
        // Departure D-14: the end of a loader without a length is found by looking ahead, so that its validation is not missed.
        boolean endMissed = c.get("unsized").asBoolean() && flags.path("limit_train_batches").isInt() && !flags.has("fast_dev_run")
                && flags.get("limit_train_batches").asInt() > c.get("train").asInt();
        assertEquals(c.get("events").asText(), String.join(" ", endMissed ? withoutValidation(m.events) : m.events));
        if (!endMissed) {
            // Evaluation steps are counted through the whole fit (L-19), also when loaders are made anew.
            boolean anew = flags.has("reload_dataloaders_every_n_epochs");
            List<String> expected = new ArrayList<>();
            c.get("rows").forEach(r -> expected.add(r.asText()));
            assertEquals(anew ? withoutEvaluationSteps(expected) : expected, anew ? withoutEvaluationSteps(rows.rows) : rows.rows);
        }
        assertEquals(c.get("step").asLong(), t.globalStep());
        assertEquals(c.get("epoch").asInt(), t.currentEpoch());
    }
}
