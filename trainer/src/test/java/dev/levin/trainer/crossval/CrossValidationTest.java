package dev.levin.trainer.crossval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.TensorDataset;
import dev.levin.nn.Linear;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrossValidationTest {
    @TempDir
    Path dir;

    /** Learns y = 2 x; logs how many validation samples it saw and the sum of their numbers. */
    private static final class Line extends LightningModule<Batch> {
        final Linear layer = new Linear(1, 1);

        @Override
        public Tensor forward(Tensor x) {
            return layer.forward(x);
        }

        private Tensor loss(Batch b) {
            Tensor d = forward(b.input()).sub(b.target());
            return d.mul(d).mean();
        }

        @Override
        public Tensor trainingStep(Batch b, int i) {
            return loss(b);
        }

        @Override
        public void validationStep(Batch b, int i) {
            log("val_loss", loss(b));
            log("sum", b.input().sum(), Log.reduce("sum"));
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    private static TensorDataset data() {
        float[] x = new float[10];
        float[] y = new float[10];
        for (int i = 0; i < 10; i++) {
            x[i] = i / 10f;
            y[i] = 2 * x[i];
        }
        return new TensorDataset(Tensor.of(x, 10, 1), Tensor.of(y, 10, 1));
    }

    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(30).numSanityValSteps(0);
    }

    @Test
    void everySampleIsValidatedOnceAndTheReportIsTheMeanOverFolds() {
        CrossValidationReport r = CrossValidation.kFold(5).seed(1).batchSize(4).trainer(trainer()).outOfFold().run(data(), fold -> new Line());
        assertEquals(5, r.folds().size());
        assertEquals(4.5, r.folds().stream().mapToDouble(f -> f.metric("sum")).sum(), 1e-5);
        double mean = r.folds().stream().mapToDouble(f -> f.metric("val_loss")).average().orElseThrow();
        assertEquals(mean, r.mean("val_loss"), 1e-12);
        double var = r.folds().stream().mapToDouble(f -> Math.pow(f.metric("val_loss") - mean, 2)).sum() / 4;
        assertEquals(Math.sqrt(var), r.std("val_loss"), 1e-12);
        assertEquals(r.folds().stream().mapToDouble(f -> f.metric("val_loss")).min().orElseThrow(), r.best().metric("val_loss"));
        assertEquals(7, r.table().lines().count());
        float[] oof = r.outOfFold().toFloats();
        assertEquals(10, oof.length);
        assertEquals(1.0, oof[5], 0.25);
        assertTrue(oof[9] > oof[5] && oof[5] > oof[0], java.util.Arrays.toString(oof));
    }

    @Test
    void loggersPerFoldAndSummary() {
        List<String> runs = new ArrayList<>();
        CrossValidation.stratified(2).labels(IntStream.range(0, 10).map(i -> i % 2).toArray()).trainer(trainer())
                .logger(fold -> new Remembering("fold_" + fold, runs)).summaryLogger(() -> new Remembering("summary", runs)).run(data(), f -> new Line());
        assertTrue(runs.contains("fold_0 metrics"), runs.toString());
        assertTrue(runs.contains("fold_0 hparams {fold=0} [fold/val_loss, fold/sum]"), runs.toString());
        assertTrue(runs.contains("fold_1 hparams {fold=1} [fold/val_loss, fold/sum]"), runs.toString());
        assertEquals(3, runs.stream().filter(s -> s.equals("summary metrics")).count());
    }

    private record Remembering(String version, List<String> runs) implements Logger {
        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
            runs.add(version + " metrics");
        }

        @Override
        public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
            runs.add(version + " hparams " + params + " " + metrics.keySet());
        }
    }

    @Test
    void finishedFoldsAreNotRunAgain() {
        List<Integer> made = new ArrayList<>();
        var cv = CrossValidation.kFold(3).trainer(trainer()).directory(dir);
        CrossValidationReport first = cv.run(data(), fold -> {
            made.add(fold);
            return new Line();
        });
        assertTrue(dir.resolve("fold_1.json").toFile().delete());
        made.clear();
        CrossValidationReport second = cv.run(data(), fold -> {
            made.add(fold);
            return new Line();
        });
        assertEquals(List.of(1), made);
        assertEquals(first.folds(), second.folds());
    }

    @Test
    void repeatedGroupedAndLeaveOneOut() {
        TrainerBuilder one = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).numSanityValSteps(0);
        assertEquals(6, CrossValidation.kFold(2).repeated(3).trainer(one).run(data(), f -> new Line()).folds().size());
        assertEquals(10, CrossValidation.leaveOneOut().trainer(one).run(data(), f -> new Line()).folds().size());
        assertEquals(2, CrossValidation.grouped(2, new int[] {0, 0, 0, 1, 1, 1, 2, 2, 3, 3}).trainer(one).run(data(), f -> new Line()).folds().size());
        assertThrows(IllegalArgumentException.class, () -> CrossValidation.grouped(2, new int[3]).trainer(one).run(data(), f -> new Line()));
        assertArrayEquals(new double[] {1, Math.sqrt(2)}, stats(List.of(0.0, 2.0)));
    }

    private static double[] stats(List<Double> values) {
        List<FoldResult> folds = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            folds.add(new FoldResult(i, dev.levin.trainer.Status.FINISHED, Map.of("m", values.get(i)), Optional.empty(), 0, 0));
        }
        var r = new CrossValidationReport(folds, "m", true, null);
        assertEquals(OptionalDouble.of(2), OptionalDouble.of(r.best().metric("m")));
        return new double[] {r.mean("m"), r.std("m")};
    }
}
