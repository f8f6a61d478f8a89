package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Phase;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Logs how much a device gets done: {@code train/device/batches_per_sec}, {@code samples_per_sec}, {@code items_per_sec}
 * (with a length), {@code flops_per_sec} and {@code mfu} (with the operations of a batch), over the last batches; and
 * {@code train/time}, {@code train/batches}, {@code train/samples} so far. Time spent in validation does not count for
 * training.
 *
 * <p>Batches are handed to the device ahead of time; over a window that evens out, and nothing waits for it.
 */
public final class ThroughputMonitor implements Callback {
    private record Sample(double time, long batches, long samples, long items) {}

    /** One phase: its clock and its last batches. */
    private static final class Window {
        private final ArrayDeque<Sample> samples = new ArrayDeque<>();
        private long start;
        private long batches;
        private long count;
        private long items;
        private double time;
    }

    private final ToIntFunction<Object> batchSize;
    private ToIntFunction<Object> length;
    private int windowSize = 100;
    private String separator = "/";
    private double flopsPerBatch;
    private double availableFlops;
    private final Map<Phase, Window> windows = new EnumMap<>(Phase.class);
    private long validationStarted;

    /** Reads the number of samples off a batch: the first extent of its first tensor. */
    public ThroughputMonitor() {
        this(PredictionWriter::size);
    }

    /** @param batchSize samples of a batch */
    public ThroughputMonitor(ToIntFunction<Object> batchSize) {
        this.batchSize = batchSize;
    }

    /** Items of a batch, such as tokens. */
    public ThroughputMonitor length(ToIntFunction<Object> items) {
        length = items;
        return this;
    }

    /** Batches over which rates are taken. */
    public ThroughputMonitor windowSize(int batches) {
        if (batches < 2) {
            throw new IllegalArgumentException("a rate needs a window of at least 2 batches, got " + batches);
        }
        windowSize = batches;
        return this;
    }

    /** Between the parts of the names. */
    public ThroughputMonitor separator(String text) {
        separator = text;
        return this;
    }

    /**
     * @param perBatch operations of a batch, forward and backward
     * @param available operations a second that the device can do at most, for {@code mfu}; 0 if not known
     */
    public ThroughputMonitor flops(double perBatch, double available) {
        flopsPerBatch = perBatch;
        availableFlops = available;
        return this;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (trainer.loggers().isEmpty()) {
            throw new MisconfigurationException("ThroughputMonitor has no logger to write to; pass a logger to the Trainer, or remove the callback");
        }
        windows.clear();
    }

    private void start(Trainer trainer) {
        windows.computeIfAbsent(trainer.phase(), p -> new Window()).start = trainer.nanoTime();
        Window w = windows.get(trainer.phase());
        w.samples.clear();
        w.time = 0;
        w.batches = 0;
        w.count = 0;
        w.items = 0;
    }

    private void update(Trainer trainer, Object batch) {
        Window w = windows.get(trainer.phase());
        if (w == null) {
            return;
        }
        int n = batchSize.applyAsInt(batch);
        if (n < 0) {
            throw new MisconfigurationException("ThroughputMonitor can't tell the size of a " + batch.getClass().getSimpleName()
                    + "; pass a function: new ThroughputMonitor(batch -> ...)");
        }
        w.batches++;
        w.count += n;
        w.items += length == null ? 0 : length.applyAsInt(batch);
        w.time = (trainer.nanoTime() - w.start) / 1e9;
        w.samples.add(new Sample(w.time, w.batches, w.count, w.items));
        if (w.samples.size() > windowSize) {
            w.samples.remove();
        }
    }

    private void report(Trainer trainer) {
        int every = trainer.logEveryNSteps();
        Window w = windows.get(trainer.phase());
        if (w == null || every == 0 || (trainer.loggerStep() + 1) % every != 0) {
            return;
        }
        String stage = switch (trainer.phase()) {
            case TRAIN -> "train";
            case TEST -> "test";
            case PREDICT -> "predict";
            default -> "validate";
        };
        Map<String, Double> row = new LinkedHashMap<>();
        String prefix = stage + separator;
        row.put(prefix + "time", w.time);
        row.put(prefix + "batches", (double) w.batches);
        row.put(prefix + "samples", (double) w.count);
        if (length != null) {
            row.put(prefix + "lengths", (double) w.items);
        }
        if (w.samples.size() == windowSize) {
            Sample a = w.samples.getFirst();
            Sample b = w.samples.getLast();
            double seconds = b.time - a.time;
            String device = prefix + "device" + separator;
            if (seconds > 0) {
                row.put(device + "batches_per_sec", (b.batches - a.batches) / seconds);
                row.put(device + "samples_per_sec", (b.samples - a.samples) / seconds);
                if (length != null) {
                    row.put(device + "items_per_sec", (b.items - a.items) / seconds);
                }
                if (flopsPerBatch > 0) {
                    double rate = flopsPerBatch * (b.batches - a.batches) / seconds;
                    row.put(device + "flops_per_sec", rate);
                    if (availableFlops > 0) {
                        row.put(device + "mfu", rate / availableFlops);
                    }
                }
            }
        }
        trainer.logToLoggers(row, trainer.loggerStep());
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        start(trainer);
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        update(trainer, batch);
        if ((batchIndex + 1) % trainer.accumulateGradBatches() == 0 || trainer.isLastBatch()) {
            report(trainer);
        }
    }

    @Override
    public void onValidationStart(Trainer trainer, LightningModule<?> module) {
        if (!trainer.isSanityChecking()) {
            validationStarted = trainer.nanoTime();
            start(trainer);
        }
    }

    @Override
    public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        if (!trainer.isSanityChecking()) {
            update(trainer, batch);
            report(trainer);
        }
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        Window training = windows.get(Phase.TRAIN);
        if (!trainer.isSanityChecking() && training != null) {
            training.start += trainer.nanoTime() - validationStarted;
        }
    }

    @Override
    public void onTestStart(Trainer trainer, LightningModule<?> module) {
        start(trainer);
    }

    @Override
    public void onTestBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        update(trainer, batch);
        report(trainer);
    }

    @Override
    public void onPredictStart(Trainer trainer, LightningModule<?> module) {
        start(trainer);
    }

    @Override
    public void onPredictBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        update(trainer, batch);
        report(trainer);
    }
}
