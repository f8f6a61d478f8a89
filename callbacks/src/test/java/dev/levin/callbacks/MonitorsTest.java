package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.metrics.ConfusionMatrix;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.HistogramLogger;
import dev.levin.trainer.ImageLogger;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorsTest {
    @TempDir
    Path dir;

    private final Runs.Rows rows = new Runs.Rows();

    /** Keeps what it is sent. */
    private static final class Pictures implements Logger, HistogramLogger, ImageLogger {
        final Map<String, List<Long>> steps = new LinkedHashMap<>();
        final Map<String, float[]> values = new LinkedHashMap<>();
        final Map<String, BufferedImage> images = new LinkedHashMap<>();

        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
        }

        @Override
        public void logHistogram(String tag, Tensor tensor, long step) {
            steps.computeIfAbsent(tag, t -> new ArrayList<>()).add(step);
            values.put(tag, tensor.toFloats().clone());
        }

        @Override
        public void logImage(String tag, BufferedImage image, long step) {
            steps.computeIfAbsent(tag, t -> new ArrayList<>()).add(step);
            images.put(tag, image);
        }
    }

    // ---- PredictionWriter ---------------------------------------------------------------------------------------------------

    private static final class Writer extends PredictionWriter {
        final List<Written> batches = new ArrayList<>();
        List<List<Written>> epoch;

        Writer(Interval interval) {
            super(interval);
        }

        @Override
        protected void writeOnBatchEnd(Trainer trainer, LightningModule<?> module, Written prediction, Object batch) {
            batches.add(prediction);
        }

        @Override
        protected void writeOnEpochEnd(Trainer trainer, LightningModule<?> module, List<List<Written>> predictions) {
            epoch = predictions;
        }
    }

    @Test
    void c61IntervalsAndSamples() {
        for (PredictionWriter.Interval interval : PredictionWriter.Interval.values()) {
            var w = new Writer(interval);
            Runs.quiet(dir).callbacks(w).build().predict(new BoringModel(), BoringData.batches(3, 2, 32, 1)).drain();
            if (interval == PredictionWriter.Interval.EPOCH) {
                assertEquals(List.of(), w.batches);
            } else {
                assertEquals(List.of(List.of(0L, 1L), List.of(2L, 3L), List.of(4L, 5L)), w.batches.stream().map(PredictionWriter.Written::samples).toList());
                assertEquals(2, ((Tensor) w.batches.getFirst().output()).size(0));
            }
            if (interval == PredictionWriter.Interval.BATCH) {
                assertEquals(null, w.epoch);
            } else {
                assertEquals(1, w.epoch.size());
                assertEquals(List.of(0, 1, 2), w.epoch.getFirst().stream().map(PredictionWriter.Written::batchIndex).toList());
            }
        }
    }

    // ---- DeviceStatsMonitor -------------------------------------------------------------------------------------------------

    @Test
    void c62KeysByHook() {
        Runs.quiet(dir).logger(rows).callbacks(new DeviceStatsMonitor().source(() -> Map.of("gpu_mb", 7.0))).logEveryNSteps(2).limitTrainBatches(4).limitValBatches(0)
                .maxEpochs(1).build().fit(new BoringModel());
        assertEquals(List.of(1L, 3L), rows.stepsOf("DeviceStatsMonitor.on_train_batch_start/heap_used_mb"));
        assertEquals(List.of(1L, 3L), rows.stepsOf("DeviceStatsMonitor.on_train_batch_end/cpu_vm_percent"));
        assertEquals(List.of(7.0, 7.0), rows.of("DeviceStatsMonitor.on_train_batch_end/gpu_mb"));
        rows.of("DeviceStatsMonitor.on_train_batch_end/cpu_vm_percent").forEach(v -> assertTrue(v > 0 && v <= 100, v.toString()));
        rows.of("DeviceStatsMonitor.on_train_batch_end/heap_percent").forEach(v -> assertTrue(v > 0 && v <= 100, v.toString()));
        var other = new Runs.Rows();
        Runs.quiet(dir).logger(other).callbacks(new DeviceStatsMonitor().filterKeys("heap_used_mb")).logEveryNSteps(1).limitTrainBatches(1).limitValBatches(0)
                .maxEpochs(1).build().fit(new BoringModel());
        assertTrue(other.rows.stream().flatMap(r -> r.keySet().stream()).filter(k -> k.startsWith("Device")).allMatch(k -> k.endsWith("/heap_used_mb")));
        assertEquals(1, other.of("DeviceStatsMonitor.on_train_batch_end/heap_used_mb").size());
    }

    @Test
    void c62WrongUse() {
        assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new DeviceStatsMonitor()).maxEpochs(1).build().fit(new BoringModel()));
        var e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).logger(rows).callbacks(new DeviceStatsMonitor().filterKeys("nope")).maxEpochs(1)
                .build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("[nope]") && e.getMessage().contains("heap_percent"), e.getMessage());
    }

    // ---- ThroughputMonitor --------------------------------------------------------------------------------------------------

    @Test
    void c63RatesOverTheWindow() {
        var clock = new Runs.Clock();
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                clock.advance(0.5);
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                clock.advance(2);
                return null;
            }
        };
        var monitor = new ThroughputMonitor().length(b -> 30).windowSize(4).flops(1e6, 8e6);
        Runs.quiet(dir).nanoTime(clock).logger(rows).callbacks(monitor).logEveryNSteps(1).valCheckInterval(2).maxEpochs(1).build()
                .fit(model, BoringData.batches(6, 3, 32, 1), BoringData.batches(1, 3, 32, 2));
        // Validation after batches 2 and 4 takes two seconds that do not count.
        assertEquals(List.of(0.5, 1.0, 1.5, 2.0, 2.5, 3.0), rows.of("train/time"));
        assertEquals(List.of(3.0, 6.0, 9.0, 12.0, 15.0, 18.0), rows.of("train/samples"));
        assertEquals(List.of(2.0, 2.0, 2.0), rows.of("train/device/batches_per_sec"));
        assertEquals(List.of(6.0, 6.0, 6.0), rows.of("train/device/samples_per_sec"));
        assertEquals(List.of(60.0, 60.0, 60.0), rows.of("train/device/items_per_sec"));
        assertEquals(List.of(2e6, 2e6, 2e6), rows.of("train/device/flops_per_sec"));
        assertEquals(List.of(0.25, 0.25, 0.25), rows.of("train/device/mfu"));
        assertEquals(List.of(2.0, 2.0, 2.0), rows.of("validate/time"));
        assertThrows(IllegalArgumentException.class, () -> new ThroughputMonitor().windowSize(1));
        assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new ThroughputMonitor()).maxEpochs(1).build().fit(new BoringModel()));
    }

    // ---- histograms ---------------------------------------------------------------------------------------------------------

    @Test
    void histogramsShowParametersAndGradientsOfTheStep() {
        var logger = new Pictures();
        var model = new BoringModel();
        Runs.quiet(dir).logger(logger).callbacks(new ParameterHistograms(2), new GradientHistograms(3).names(n -> n.endsWith("bias"))).limitTrainBatches(6)
                .limitValBatches(0).maxEpochs(1).build().fit(model);
        assertEquals(List.of(1L, 3L, 5L), logger.steps.get("parameters/layer.weight"));
        assertEquals(List.of(2L, 5L), logger.steps.get("gradients/layer.bias"));
        assertEquals(null, logger.steps.get("gradients/layer.weight"));
        assertArrayEquals(model.stateDict().get("layer.weight").toFloats(), logger.values.get("parameters/layer.weight"));
        // The last update was by -0.1 times the gradient.
        float[] gradient = logger.values.get("gradients/layer.bias");
        assertEquals(2, gradient.length);
        assertTrue(gradient[0] != 0);
        var e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).logger(rows).callbacks(new ParameterHistograms(1)).maxEpochs(1).build()
                .fit(new BoringModel()));
        assertTrue(e.getMessage().contains("[Rows]"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new GradientHistograms(0));
    }

    // ---- pictures -----------------------------------------------------------------------------------------------------------

    private static final class Classifier extends LightningModule<Batch> {
        final ConfusionMatrix matrix = new ConfusionMatrix(3);

        @Override
        public void validationStep(Batch batch, int i) {
            matrix.update(batch.input(), batch.target());
        }
    }

    @Test
    void confusionMatrixIsDrawnAndReset() {
        var logger = new Pictures();
        var model = new Classifier();
        Tensor predictions = Tensor.of(new float[] {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1}, 4, 3);
        Tensor targets = Tensor.of(new long[] {0, 1, 2, 2}, 4);
        Trainer t = Runs.quiet(dir).logger(logger).callbacks(new ConfusionMatrixImage(model.matrix, List.of("a", "b", "c"))).build();
        t.validate(model, List.of(new Batch(predictions, targets)));
        assertEquals(List.of("val/confusion_matrix"), List.copyOf(logger.images.keySet()));
        BufferedImage image = logger.images.get("val/confusion_matrix");
        int cell = (image.getWidth() - 56 - 8) / 3;
        // Corners of cells hold no text: full blue on the diagonal, half for class c, white where nothing is.
        assertEquals(new Color(0.1f, 0.4f, 0.8f).getRGB(), image.getRGB(56 + 3, 56 + 3));
        assertEquals(Color.WHITE.getRGB(), image.getRGB(56 + cell + 3, 56 + 3));
        assertEquals(new Color(0.55f, 0.7f, 0.9f).getRGB(), image.getRGB(56 + cell + 3, 56 + 2 * cell + 3));
        assertEquals(0, model.matrix.compute().sum().item());
        assertThrows(IllegalArgumentException.class, () -> new ConfusionMatrixImage(new ConfusionMatrix(3), List.of("a")));
    }

    @Test
    void samplesAreShownInAGrid() {
        var logger = new Pictures();
        float[] values = new float[5 * 2 * 2];
        values[0] = 1;
        values[3 * 4 + 3] = 0.5f;
        Tensor batch = Tensor.of(values, 5, 1, 2, 2);
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor b, int i, int loader) {
                return null;
            }
        };
        Runs.quiet(dir).logger(logger).callbacks(new SampleImages(4, b -> (Tensor) b)).build().validate(model, List.of(batch, batch));
        BufferedImage image = logger.images.get("val/samples");
        assertEquals(1, logger.steps.get("val/samples").size());
        assertEquals(5, image.getWidth());
        assertEquals(5, image.getHeight());
        assertEquals(Color.WHITE.getRGB(), image.getRGB(0, 0));
        assertEquals(new Color(128, 128, 128).getRGB(), image.getRGB(4, 4));
        assertEquals(Color.BLACK.getRGB(), image.getRGB(2, 2));
        var e = assertThrows(MisconfigurationException.class, () -> SampleImages.grid(Tensor.ones(2, 5, 4, 4), 4));
        assertTrue(e.getMessage().contains("[2, 5, 4, 4]"), e.getMessage());
    }
}
