package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Sequential;
import dev.levin.optim.Adam;
import dev.levin.optim.ParamGroup;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Hook;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Status;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallCallbacksTest {
    @TempDir
    Path dir;

    // ---- GradientAccumulationScheduler --------------------------------------------------------------------------------------

    @Test
    void c56FactorsByEpoch() {
        List<Long> steps = new ArrayList<>();
        var schedule = new GradientAccumulationScheduler(Map.of(1, 2, 3, 4));
        Trainer t = Runs.quiet(dir).callbacks(schedule).limitTrainBatches(4).limitValBatches(0).maxEpochs(4).build();
        t.fit(new BoringModel() {
            @Override
            public void onTrainEpochEnd() {
                steps.add(trainer().globalStep());
            }
        });
        assertEquals(List.of(4L, 6L, 8L, 9L), steps);
        assertEquals(1, t.accumulateGradBatches());
        assertEquals(List.of(1, 2, 2, 4, 4), List.of(0, 1, 2, 3, 9).stream().map(schedule::factor).toList());
    }

    @Test
    void c56WrongUse() {
        assertThrows(IllegalArgumentException.class, () -> new GradientAccumulationScheduler(Map.of()));
        assertTrue(assertThrows(MisconfigurationException.class, () -> new GradientAccumulationScheduler(Map.of(-1, 2))).getMessage().contains("-1"));
        assertTrue(assertThrows(MisconfigurationException.class, () -> new GradientAccumulationScheduler(Map.of(1, 0))).getMessage().contains("got 0 for epoch 1"));
        assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).accumulateGradBatches(2).callbacks(new GradientAccumulationScheduler(Map.of(1, 2)))
                .maxEpochs(1).build().fit(new BoringModel()));
        assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new GradientAccumulationScheduler(Map.of(1, 2))).maxEpochs(1).build()
                .fit(new BoringModel() {
                    {
                        automaticOptimization(false);
                    }
                }));
        List<String> warnings = Runs.warnings(() -> Runs.quiet(dir).callbacks(new GradientAccumulationScheduler(Map.of(1, 2))).maxSteps(1).build()
                .fit(new BoringModel() {
                    @Override
                    public void optimizerZeroGrad(int epoch, int batchIndex, dev.levin.optim.Optimizer optimizer) {
                        super.optimizerZeroGrad(epoch, batchIndex, optimizer);
                    }
                }));
        assertEquals(1, warnings.stream().filter(w -> w.contains("overrides optimizerStep or optimizerZeroGrad")).count());
    }

    // ---- BackboneFinetuning -------------------------------------------------------------------------------------------------

    private static class Transfer extends LightningModule<Tensor> {
        final Layer backbone = new Sequential(new Linear(32, 8), new BatchNorm1d(8));
        final Linear head = new Linear(8, 2);
        final List<List<Double>> rates = new ArrayList<>();

        @Override
        public Tensor forward(Tensor x) {
            return head.forward(backbone.forward(x));
        }

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            return forward(batch).sub(1.0).pow(2.0).mean();
        }

        @Override
        public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
            if (i == 0) {
                rates.add(trainer().rawOptimizers().getFirst().paramGroups().stream().map(ParamGroup::lr).toList());
            }
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new Adam(parameters().stream().filter(p -> p.variable().requiresGrad()).toList(), 0.1));
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            return BoringData.batches(3, 4, 32, 1);
        }
    }

    @Test
    void c60BackboneIsThawedAndCatchesUp() {
        var model = new Transfer();
        float[] before = model.backbone.stateDict().get("0.weight").toFloats().clone();
        List<float[]> weights = new ArrayList<>();
        var recorder = new LambdaCallback().on(Hook.ON_TRAIN_EPOCH_END, (t, m) -> weights.add(model.backbone.stateDict().get("0.weight").toFloats().clone()));
        Runs.quiet(dir).callbacks(new BackboneFinetuning(2), recorder).maxEpochs(7).build().fit(model);
        assertArrayEquals(before, weights.get(1), "frozen until epoch 2");
        assertFalse(java.util.Arrays.equals(before, weights.get(2)));
        double[][] expected = {{0.1}, {0.1}, {0.1, 0.01}, {0.1, 0.02}, {0.1, 0.04}, {0.1, 0.08}, {0.1, 0.1}};
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], model.rates.get(i).stream().mapToDouble(d -> d).toArray(), 1e-9, "epoch " + i);
        }
    }

    @Test
    void c60ResumedRunGoesOn() {
        for (int epochs : new int[] {1, 2, 4}) {
            Trainer.seedEverything(5);
            var whole = new Transfer();
            Runs.quiet(dir).callbacks(new BackboneFinetuning(2)).maxEpochs(5).build().fit(whole);
            Trainer.seedEverything(5);
            Trainer first = Runs.quiet(dir).callbacks(new BackboneFinetuning(2)).maxEpochs(epochs).build();
            first.fit(new Transfer());
            Path file = dir.resolve("at" + epochs + ".ckpt");
            first.saveCheckpoint(file);
            var resumed = new Transfer();
            Runs.quiet(dir).callbacks(new BackboneFinetuning(2)).maxEpochs(5).build().fit(resumed, Resume.from(file));
            var expected = Runs.weights(whole);
            Runs.weights(resumed).forEach((k, v) -> assertArrayEquals(expected.get(k), v, k + " resumed after " + epochs));
        }
    }

    @Test
    void c60WrongUse() {
        var e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new BackboneFinetuning()).maxEpochs(1).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("no module 'backbone'") && e.getMessage().contains("[layer]"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new BackboneFinetuning(-1));
    }

    // ---- OnExceptionCheckpoint, FailureInjector -----------------------------------------------------------------------------

    @Test
    void c67WrittenOnFailureFoundByLastRemovedAfterSuccess() {
        Path file = dir.resolve("on_exception.ckpt");
        assertThrows(IllegalStateException.class, () -> Runs.saving(dir).callbacks(new OnExceptionCheckpoint(dir),
                FailureInjector.at(Hook.ON_TRAIN_BATCH_END, 3, () -> new IllegalStateException("broken"))).limitTrainBatches(4).limitValBatches(0).maxEpochs(2)
                .build().fit(new BoringModel()));
        assertTrue(Files.exists(file));
        Trainer t = Runs.saving(dir).callbacks(new OnExceptionCheckpoint(dir)).limitTrainBatches(4).limitValBatches(0).maxEpochs(2).build();
        var result = t.fit(new BoringModel(), Resume.LAST);
        assertEquals(8, result.step());
        assertEquals(java.util.Optional.of(file), t.ckptPath());
        assertFalse(Files.exists(file), "a run that ended well needs it no more");
        assertThrows(IllegalArgumentException.class, () -> new OnExceptionCheckpoint(dir, ""));
    }

    @Test
    void injectedFailuresHitTheCallTheyAreMeantFor() {
        for (Hook h : List.of(Hook.ON_TRAIN_BATCH_START, Hook.ON_BEFORE_ZERO_GRAD, Hook.ON_BEFORE_BACKWARD, Hook.ON_TRAIN_EPOCH_END, Hook.SETUP, Hook.TEARDOWN)) {
            var e = assertThrows(IllegalStateException.class, () -> Runs.quiet(dir).callbacks(FailureInjector.at(h, 1, () -> new IllegalStateException(h.method())))
                    .limitTrainBatches(2).limitValBatches(0).maxEpochs(1).build().fit(new BoringModel()));
            assertEquals(h.method(), e.getMessage());
        }
        var result = Runs.quiet(dir).callbacks(FailureInjector.interruptAt(Hook.ON_TRAIN_BATCH_END, 3)).limitValBatches(0).maxEpochs(1).build().fit(new BoringModel());
        assertEquals(Status.INTERRUPTED, result.status());
        assertEquals(3, result.step());
        assertThrows(IllegalArgumentException.class, () -> FailureInjector.doing(Hook.ON_FIT_END, 0, t -> { }));
    }

    // ---- SpikeDetection -----------------------------------------------------------------------------------------------------

    private TrainingSpikeException spike(SpikeDetection detection, double... losses) {
        return assertThrows(TrainingSpikeException.class, () -> run(detection, losses));
    }

    private void run(SpikeDetection detection, double... losses) {
        Runs.quiet(dir).callbacks(detection).limitTrainBatches(losses.length).limitValBatches(0).maxEpochs(1).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return forward(batch).sum().mul(0.0).add(losses[i]);
            }
        });
    }

    @Test
    void c69SpikesEndTrainingAndAreWritten() throws IOException {
        var d = new SpikeDetection();
        TrainingSpikeException e = spike(d, 1, 1, 1, 3, 1);
        assertEquals(3, e.batchIndex());
        assertTrue(e.getMessage().contains("3.0"), e.getMessage());
        assertEquals("[2, 3]", Files.readString(dir.resolve("skip_batches.json")));
        assertEquals(List.of(2, 3), d.badBatches());
        run(new SpikeDetection(), 1, 1, 1, 2.9, 1);
        run(new SpikeDetection(), 3, 1, 1, 1);
        assertEquals(1, spike(new SpikeDetection(), 1, Double.NaN).batchIndex());
        run(new SpikeDetection().finiteOnly(false), 1, Double.NaN, 1);
        assertEquals(2, spike(new SpikeDetection(Mode.MAX).rtol(0.5), 4, 4, 1).batchIndex());
        run(new SpikeDetection().atol(5.0), 1, 1, 5);
        run(new SpikeDetection().warmup(3), 1, 9, 9);
        spike(new SpikeDetection().excludeBatchesPath(dir.resolve("here")), 1, 9);
        assertEquals("[0, 1]", Files.readString(dir.resolve("here/skip_batches.json")));
    }
}
