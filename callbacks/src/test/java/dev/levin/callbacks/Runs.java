package dev.levin.callbacks;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** What tests of callbacks share. */
final class Runs {
    private Runs() {
    }

    /** A trainer on the CPU that shows, saves and logs nothing by itself. */
    static TrainerBuilder quiet(Path root) {
        return Trainer.builder().accelerator("cpu").defaultRootDir(root).logger(false).enableProgressBar(false).enableModelSummary(false)
                .enableCheckpointing(false).handleSignals(false).numSanityValSteps(0);
    }

    /** As {@link #quiet}, for runs whose callbacks save. */
    static TrainerBuilder saving(Path root) {
        return Trainer.builder().accelerator("cpu").defaultRootDir(root).logger(false).enableProgressBar(false).enableModelSummary(false)
                .handleSignals(false).numSanityValSteps(0);
    }

    /** Loggers' rows, kept. */
    static final class Rows implements dev.levin.trainer.Logger {
        final List<Map<String, Double>> rows = new ArrayList<>();
        final List<Long> steps = new ArrayList<>();

        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
            rows.add(new TreeMap<>(metrics));
            steps.add(step);
        }

        /** The values logged under a name, in order. */
        List<Double> of(String name) {
            return rows.stream().filter(r -> r.containsKey(name)).map(r -> r.get(name)).toList();
        }

        List<Long> stepsOf(String name) {
            List<Long> found = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                if (rows.get(i).containsKey(name)) {
                    found.add(steps.get(i));
                }
            }
            return found;
        }
    }

    /** A clock that stands still unless it is told to go. */
    static final class Clock implements LongSupplier {
        long now = 1_000_000_000L;

        void advance(double seconds) {
            now += (long) (seconds * 1e9);
        }

        @Override
        public long getAsLong() {
            return now;
        }
    }

    /** Messages of warnings (and worse) while something runs. */
    static List<String> warnings(Runnable body) {
        return messages(Level.WARN, body);
    }

    static List<String> messages(Level level, Runnable body) {
        Logger root = (Logger) LoggerFactory.getLogger("dev.levin");
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        Level before = root.getLevel();
        appender.start();
        root.setLevel(level);
        root.addAppender(appender);
        try {
            body.run();
        } finally {
            root.detachAppender(appender);
            root.setLevel(before);
        }
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).collect(Collectors.toList());
    }

    /** A model that logs given values as {@code val} in training, one per epoch, and has no validation. */
    static class Scripted extends BoringModel {
        final double[] values;
        final String name;

        Scripted(String name, double... values) {
            this.name = name;
            this.values = values;
        }

        @Override
        public void onTrainEpochEnd() {
            log(name, values[Math.min(currentEpoch(), values.length - 1)]);
        }

        @Override
        public Object validationStepOutput(Tensor batch, int batchIndex, int loader) {
            return null;
        }

        @Override
        public Iterable<Tensor> valDataloader() {
            return null;
        }
    }

    /** Copies of all parameters' values, by name. */
    static Map<String, float[]> weights(LightningModule<?> m) {
        Map<String, float[]> all = new TreeMap<>();
        m.stateDict().forEach((k, v) -> all.put(k, v.toFloats().clone()));
        return all;
    }
}
