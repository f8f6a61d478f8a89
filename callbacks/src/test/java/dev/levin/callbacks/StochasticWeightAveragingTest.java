package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.BatchNorm1d;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StochasticWeightAveragingTest {
    @TempDir
    Path dir;

    /** Five batches, counts backward passes. */
    private static class Model extends BoringModel {
        final List<Double> rates = new ArrayList<>();
        final List<Float> starts = new ArrayList<>();
        int backward;

        @Override
        public Iterable<Tensor> trainDataloader() {
            return BoringData.batches(5, 4, 32, 3);
        }

        @Override
        public void backward(Tensor loss) {
            backward++;
            super.backward(loss);
        }

        @Override
        public void onTrainEpochStart() {
            rates.add(trainer().rawOptimizers().getFirst().paramGroups().getFirst().lr());
            starts.add(layer.weight.toFloats()[0]);
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    private static final class Normed extends Model {
        final BatchNorm1d norm = new BatchNorm1d(32);

        @Override
        public Tensor forward(Tensor x) {
            return super.forward(norm.forward(x));
        }
    }

    private TrainerBuilder trainer() {
        return Runs.quiet(dir).limitValBatches(0).maxEpochs(5).accumulateGradBatches(2);
    }

    @Test
    void case88PlainModel() {
        Trainer.seedEverything(1);
        var model = new Model();
        var swa = new StochasticWeightAveraging(0.05).epochStart(3).annealingEpochs(2);
        assertEquals(5, trainer().callbacks(swa).build().fit(model).epoch());
        assertEquals(25, model.backward);
        assertEquals(3, swa.averaged());
        // Cosine from 0.1 to 0.05 in two epochs from epoch 2 on.
        assertArrayEquals(new double[] {0.1, 0.1, 0.1, 0.075, 0.05}, model.rates.stream().mapToDouble(d -> d).toArray(), 1e-9);
        double mean = (model.starts.get(2) + model.starts.get(3) + model.starts.get(4)) / 3.0;
        assertEquals(mean, model.stateDict().get("layer.weight").toFloats()[0], 1e-6);
    }

    @Test
    void case88BatchNormGetsAnEpochWithoutGradients() {
        Trainer.seedEverything(1);
        var model = new Normed();
        var swa = new StochasticWeightAveraging(0.05).epochStart(3);
        Trainer t = trainer().callbacks(swa).build();
        var result = t.fit(model);
        assertEquals(25, model.backward, "the extra epoch has no backward pass");
        assertEquals(15, result.step());
        assertEquals(3, swa.averaged());
        assertEquals(5, t.maxEpochs(), "the limit is as before");
        assertEquals(0.1, model.norm.momentum());
        double mean = (model.starts.get(2) + model.starts.get(3) + model.starts.get(4)) / 3.0;
        assertEquals(mean, model.stateDict().get("layer.weight").toFloats()[0], 1e-6);
        // Without a momentum the running mean is the mean of all batch means: that of all 20 samples.
        double[] sum = new double[32];
        for (Tensor b : BoringData.batches(5, 4, 32, 3)) {
            float[] v = b.toFloats();
            for (int i = 0; i < v.length; i++) {
                sum[i % 32] += v[i] / 20;
            }
        }
        float[] running = model.norm.runningMean.toFloats();
        for (int i = 0; i < 32; i++) {
            assertEquals(sum[i], running[i], 1e-5);
        }
        assertEquals(5, model.norm.numBatchesTracked.item());
    }

    @Test
    void c57ResumedRunEndsWithTheSameWeights() {
        for (boolean norm : List.of(false, true)) {
            Trainer.seedEverything(1);
            LightningModule<Tensor> whole = norm ? new Normed() : new Model();
            trainer().callbacks(new StochasticWeightAveraging(0.05).epochStart(2)).build().fit(whole);
            for (int stop : new int[] {3, 12, 18, 23}) {
                Trainer.seedEverything(1);
                Path folder = dir.resolve("stop" + stop + norm);
                LightningModule<Tensor> first = norm ? new Normed() : new Model();
                trainer().defaultRootDir(folder).callbacks(new StochasticWeightAveraging(0.05).epochStart(2),
                        FailureInjector.interruptAt(dev.levin.trainer.Hook.ON_TRAIN_BATCH_END, stop)).build().fit(first);
                LightningModule<Tensor> resumed = norm ? new Normed() : new Model();
                trainer().callbacks(new StochasticWeightAveraging(0.05).epochStart(2)).build()
                        .fit(resumed, Resume.from(folder.resolve("checkpoints/interrupted.ckpt")));
                var expected = Runs.weights(whole);
                Runs.weights(resumed).forEach((k, v) -> assertArrayEquals(expected.get(k), v, k + " after a stop at batch " + stop));
            }
        }
    }

    @Test
    void c57WrongUse() {
        assertTrue(assertThrows(MisconfigurationException.class, () -> new StochasticWeightAveraging(0.0)).getMessage().contains("0.0"));
        assertThrows(MisconfigurationException.class, () -> new StochasticWeightAveraging(0.1).epochStart(0));
        assertThrows(MisconfigurationException.class, () -> new StochasticWeightAveraging(0.1).epochStart(1.5));
        assertThrows(MisconfigurationException.class, () -> new StochasticWeightAveraging(0.1).annealingEpochs(-1));
        assertTrue(assertThrows(MisconfigurationException.class, () -> new StochasticWeightAveraging(0.1).annealingStrategy("exp")).getMessage().contains("'exp'"));
        assertThrows(MisconfigurationException.class, () -> trainer().callbacks(new StochasticWeightAveraging(0.1, 0.2)).build().fit(new Model()));
        assertThrows(MisconfigurationException.class, () -> trainer().maxEpochs(-1).maxSteps(3).callbacks(new StochasticWeightAveraging(0.1)).build().fit(new Model()));
    }
}
