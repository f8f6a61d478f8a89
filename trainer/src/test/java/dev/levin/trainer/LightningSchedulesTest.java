package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.nn.Linear;
import dev.levin.optim.ExponentialLR;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.SGD;
import dev.levin.optim.Scheduler;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.config.TrainerFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random schedulers, one or two, by step or epoch, some following a metric, against when PyTorch Lightning steps them, with
 * which value, and to which rate. Written by {@code lightning-schedules.py} beside the file.
 */
class LightningSchedulesTest {
    static Stream<String> settings() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(LightningSchedulesTest.class.getResourceAsStream("/lightning-schedules.jsonl"),
                StandardCharsets.UTF_8))) {
            return in.lines().toList().stream();
        }
    }

    private static final class Model extends LightningModule<Tensor> {
        final Linear layer = new Linear(2, 1);
        final List<String> events = new ArrayList<>();
        private final transient JsonNode c;
        private int seen;
        private int runs;

        Model(JsonNode settings) {
            c = settings;
        }

        private double value(int i) {
            return c.get("values").get(i % 12).asDouble();
        }

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            events.add("b" + i);
            log("loss", value(seen++), Log.onStep(), Log.onEpoch(c.get("both").asBoolean()));
            return layer.forward(batch).mean();
        }

        @Override
        public void validationStep(Tensor batch, int i) {
            log("val", value(runs), Log.batchSize(1));
        }

        @Override
        public void onValidationEpochEnd() {
            runs++;
            events.add("V");
        }

        @Override
        public void lrSchedulerStep(SchedulerConfig s, Double metric) {
            super.lrSchedulerStep(s, metric);
            double lr = s.scheduler().optimizer().paramGroups().getFirst().lr();
            events.add("s" + (metric == null ? "" : "(" + metric + ")") + "=" + lr);
        }

        @Override
        public void onTrainEpochEnd() {
            events.add("e");
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
            SGD sgd = new SGD(parameters(), 1.0);
            Optimizers all = Optimizers.of(sgd);
            for (JsonNode s : c.get("schedulers")) {
                Scheduler made = switch (s.get("kind").asText()) {
                    case "step" -> new StepLR(sgd, 2, 0.5);
                    case "exponential" -> new ExponentialLR(sgd, 0.9);
                    default -> new ReduceLROnPlateau(sgd, ReduceLROnPlateau.Options.defaults().withFactor(0.5).withPatience(c.get("patience").asInt()));
                };
                SchedulerConfig config = SchedulerConfig.of(made).every(s.get("frequency").asInt(), SchedulerConfig.Interval.parse(s.get("interval").asText()));
                if (s.has("monitor")) {
                    config = config.monitor(s.get("monitor").asText());
                    config = s.get("strict").asBoolean() ? config : config.lenient();
                }
                all = all.with(config);
            }
            return all;
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everyScheduleStepsAsInLightning(String line) throws IOException {
        JsonNode c = new ObjectMapper().readTree(line);
        Model m = new Model(c);
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false);
        c.get("flags").properties().forEach(f -> TrainerFlags.set(b, f.getKey(), f.getValue().isInt() ? (Object) f.getValue().asInt() : f.getValue().asDouble()));
        Trainer t = b.build();
        if (c.has("error")) {
            assertThrows(MisconfigurationException.class, () -> t.fit(m));
        } else {
            t.fit(m);
            assertEquals(c.get("step").asLong(), t.globalStep());
        }
        assertEquals(rounded(c.get("events").asText()), rounded(String.join(" ", m.events)));
    }

    /** Numbers of values and rates to five digits. */
    private static String rounded(String events) {
        return Pattern.compile("(?<=[(=])[0-9.eE-]+").matcher(events)
                .replaceAll(n -> new BigDecimal(n.group()).round(new MathContext(5)).stripTrailingZeros().toPlainString());
    }
}
