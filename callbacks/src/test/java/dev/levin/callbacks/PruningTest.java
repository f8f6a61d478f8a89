package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Hook;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruningTest {
    @TempDir
    Path dir;

    /** Weights [2, 32] that start as 1 to 64 over 100. */
    private static class Model extends BoringModel {
        Model() {
            float[] w = new float[64];
            for (int i = 0; i < 64; i++) {
                w[i] = (i + 1) / 100f * (i % 2 == 0 ? 1 : -1);
            }
            layer.weight.set(Tensor.of(w, 2, 32));
        }

        float[] weight() {
            return layer.weight.toFloats().clone();
        }

        long zeros() {
            float[] w = weight();
            return java.util.stream.IntStream.range(0, 64).filter(i -> w[i] == 0).count();
        }
    }

    private TrainerBuilder trainer(ModelPruning pruning) {
        return Runs.quiet(dir).callbacks(pruning).limitTrainBatches(2).limitValBatches(0);
    }

    @Test
    void c68SmallestWeightsOfWhatIsLeftGoAndStayZero() {
        List<Long> zeros = new ArrayList<>();
        List<float[]> before = new ArrayList<>();
        var model = new Model() {
            @Override
            public void onTrainBatchEnd(java.util.Map<String, ?> outputs, Tensor batch, int index) {
                zeros.add(zeros());
                before.add(weight());
            }
        };
        var pruning = ModelPruning.l1(0.5);
        trainer(pruning).maxEpochs(3).build().fit(model);
        assertEquals(List.of(0L, 0L, 32L, 32L, 48L, 48L), zeros);
        assertEquals(56, model.zeros());
        assertEquals(0.875, pruning.sparsity(), 1e-6);
        // The first pruning took the 32 smallest of the weights before it.
        float[] w = before.get(1);
        double[] sorted = new double[64];
        for (int i = 0; i < 64; i++) {
            sorted[i] = Math.abs(w[i]);
        }
        Arrays.sort(sorted);
        for (int i = 0; i < 64; i++) {
            assertEquals(Math.abs(w[i]) < sorted[32], before.get(2)[i] == 0, "weight " + i);
        }
    }

    @Test
    void c68NumbersEpochsAndSlices() {
        var some = new Model();
        trainer(ModelPruning.l1(5.0)).maxEpochs(2).build().fit(some);
        assertEquals(10, some.zeros());
        var once = new Model();
        trainer(ModelPruning.l1(0.25).when(e -> e == 1)).maxEpochs(3).build().fit(once);
        assertEquals(16, once.zeros());
        var growing = new Model();
        trainer(ModelPruning.l1(epoch -> epoch == 0 ? 0.25 : 0.5)).maxEpochs(2).build().fit(growing);
        assertEquals(16 + 24, growing.zeros());
        var rows = new Model();
        trainer(ModelPruning.lnStructured(0.5, 0, 2)).maxEpochs(1).build().fit(rows);
        float[] w = rows.weight();
        assertEquals(32, rows.zeros());
        assertTrue(java.util.stream.IntStream.range(0, 32).allMatch(i -> w[i] == 0), "the first row is the smaller one");
        var columns = new Model();
        trainer(ModelPruning.randomStructured(8, 1)).maxEpochs(1).build().fit(columns);
        float[] c = columns.weight();
        assertEquals(16, columns.zeros());
        assertTrue(java.util.stream.IntStream.range(0, 32).allMatch(i -> (c[i] == 0) == (c[32 + i] == 0)));
        var any = new Model();
        trainer(ModelPruning.random(0.25)).maxEpochs(1).build().fit(any);
        assertEquals(16, any.zeros());
    }

    @Test
    void c68LotteryTicketGoesBackToTheStart() {
        var model = new Model();
        float[] start = model.weight();
        trainer(ModelPruning.l1(0.5).lotteryTicket(e -> true)).maxEpochs(1).build().fit(model);
        float[] w = model.weight();
        for (int i = 0; i < 64; i++) {
            assertTrue(w[i] == 0 || w[i] == start[i], "weight " + i);
        }
        assertEquals(32, model.zeros());
    }

    @Test
    void c68ResumedRunEndsWithTheSameWeights() {
        Trainer.seedEverything(3);
        var whole = new Model();
        trainer(ModelPruning.l1(0.25)).maxEpochs(4).build().fit(whole);
        Trainer.seedEverything(3);
        trainer(ModelPruning.l1(0.25)).callbacks(FailureInjector.interruptAt(Hook.ON_TRAIN_BATCH_END, 5)).maxEpochs(4).build().fit(new Model());
        var resumed = new Model();
        trainer(ModelPruning.l1(0.25)).maxEpochs(4).build().fit(resumed, Resume.from(dir.resolve("checkpoints/interrupted.ckpt")));
        assertArrayEquals(whole.weight(), resumed.weight());
    }

    @Test
    void c68WrongUse() {
        assertTrue(assertThrows(MisconfigurationException.class, () -> ModelPruning.l1(1.5)).getMessage().contains("1.5"));
        assertThrows(MisconfigurationException.class, () -> ModelPruning.random(-1));
        assertThrows(MisconfigurationException.class, () -> ModelPruning.lnStructured(0.5, 0, 0));
        assertThrows(MisconfigurationException.class, () -> ModelPruning.randomStructured(0.5, -1));
        var e = assertThrows(MisconfigurationException.class, () -> trainer(ModelPruning.randomStructured(0.5, 2)).maxEpochs(1).build().fit(new Model()));
        assertTrue(e.getMessage().contains("layer.weight of shape [2, 32]"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> trainer(ModelPruning.l1(0.5).parameters((n, p) -> false)).maxEpochs(1).build().fit(new Model()));
        assertTrue(e.getMessage().contains("layer.bias"), e.getMessage());
    }

    // ---- the plot of the finder -----------------------------------------------------------------------------------------------

    @Test
    void plotIsWritten() throws IOException {
        List<Double> rates = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            rates.add(Math.pow(10, -6 + i / 10.0));
            losses.add(i == 49 ? Double.NaN : Math.cos(i / 15.0));
        }
        Path file = dir.resolve("plots/lr.png");
        new LearningRatePlot(rates, losses, OptionalDouble.of(1e-4)).save(file);
        assertEquals(800, javax.imageio.ImageIO.read(file.toFile()).getWidth());
        assertTrue(Files.size(file) > 1000);
        assertThrows(IllegalArgumentException.class, () -> new LearningRatePlot(rates, losses.subList(1, 9), OptionalDouble.empty()));
        assertThrows(IllegalStateException.class, () -> new LearningRatePlot(List.of(1.0), List.of(Double.NaN), OptionalDouble.empty()).image());
    }
}
