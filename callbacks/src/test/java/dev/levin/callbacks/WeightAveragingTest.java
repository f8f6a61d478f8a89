package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.Hook;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightAveragingTest {
    @TempDir
    Path dir;

    /** 32 samples in 8 batches. */
    private static class Model extends BoringModel {
        @Override
        public Iterable<Tensor> trainDataloader() {
            return BoringData.batches(8, 4, 32, 3);
        }

        @Override
        public Iterable<Tensor> valDataloader() {
            return BoringData.batches(2, 4, 32, 4);
        }

        float weight() {
            return layer.weight.toFloats()[0];
        }
    }

    private TrainerBuilder trainer() {
        return Runs.quiet(dir).accumulateGradBatches(2).maxEpochs(8);
    }

    @Test
    void case87EmaCountsSteps() {
        Trainer.seedEverything(1);
        AtomicInteger epochs = new AtomicInteger();
        var ema = new EMAWeightAveraging(0.9);
        var model = new Model() {
            @Override
            public void onTrainEpochEnd() {
                assertEquals(trainer().globalStep(), ema.updates());
                epochs.incrementAndGet();
            }
        };
        assertEquals(32, trainer().callbacks(ema).build().fit(model).step());
        assertEquals(32, ema.updates());
        assertEquals(8, epochs.get());
    }

    @Test
    void case87SwaFormByEpochs() {
        List<Long> seen = new ArrayList<>();
        var swa = new WeightAveraging() {
            @Override
            protected boolean shouldUpdateAfterStep(long step) {
                return false;
            }

            @Override
            protected boolean shouldUpdateAfterEpoch(int epoch) {
                return epoch == 3 || epoch == 5 || epoch == 7;
            }
        };
        trainer().callbacks(swa).build().fit(new Model() {
            @Override
            public void onTrainEpochEnd() {
                seen.add(swa.updates());
            }
        });
        assertEquals(List.of(0L, 0L, 0L, 1L, 1L, 2L, 2L, 3L), seen);
    }

    @Test
    void c58AverageIsWhatTheFormulaSays() {
        Trainer.seedEverything(1);
        List<Float> live = new ArrayList<>();
        var ema = new EMAWeightAveraging(0.75);
        var model = new Model() {
            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int index) {
                if (index % 2 == 1) {
                    live.add(weight());
                }
            }
        };
        trainer().callbacks(ema).maxEpochs(1).limitValBatches(0).build().fit(model);
        double average = live.getFirst();
        for (int i = 1; i < live.size(); i++) {
            average = 0.75 * average + 0.25 * live.get(i);
        }
        assertEquals(4, live.size());
        assertEquals(average, model.weight(), 1e-6);
        live.clear();
        Trainer.seedEverything(1);
        var plain = new Model() {
            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int index) {
                if (index % 2 == 1) {
                    live.add(weight());
                }
            }
        };
        trainer().callbacks(new WeightAveraging()).maxEpochs(1).limitValBatches(0).build().fit(plain);
        assertEquals(live.stream().mapToDouble(Float::doubleValue).average().orElseThrow(), plain.weight(), 1e-6);
    }

    @Test
    void c58ValidationSeesTheAverageAndTrainingDoesNot() {
        Trainer.seedEverything(1);
        var ema = new EMAWeightAveraging(0.5);
        List<Float> inValidation = new ArrayList<>();
        List<Float> average = new ArrayList<>();
        List<Float> before = new ArrayList<>();
        List<Float> after = new ArrayList<>();
        double[] expected = {Double.NaN};
        var model = new Model() {
            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int index) {
                if (index % 2 == 1) {
                    expected[0] = Double.isNaN(expected[0]) ? weight() : 0.5 * expected[0] + 0.5 * weight();
                }
            }

            @Override
            public void onValidationStart() {
                before.add(weight());
                average.add((float) expected[0]);
            }

            @Override
            public void onValidationBatchStart(Tensor batch, int index, int loader) {
                inValidation.add(weight());
            }

            @Override
            public void onValidationEnd() {
                after.add(weight());
            }
        };
        trainer().callbacks(ema).maxEpochs(2).limitValBatches(1).build().fit(model);
        assertEquals(before, after);
        for (int i = 0; i < 2; i++) {
            assertEquals(average.get(i), inValidation.get(i), 1e-6);
            assertTrue(Math.abs(before.get(i) - inValidation.get(i)) > 1e-6, "the average differs from the live weights");
        }
    }

    @Test
    void c58CheckpointHoldsAverageAndLiveWeights() {
        Trainer.seedEverything(1);
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1);
        float[] live = {0};
        var model = new Model() {
            @Override
            public void onTrainEpochEnd() {
                live[0] = weight();
            }
        };
        Runs.saving(dir).accumulateGradBatches(2).callbacks(new EMAWeightAveraging(0.5), saver).maxEpochs(1).build().fit(model);
        Checkpoint c = Checkpoint.read(dir.resolve("epoch=0-step=4.ckpt"));
        Tensor saved = (Tensor) ((Map<?, ?>) c.content().get("current_model_state")).get("layer.weight");
        assertEquals(live[0], saved.toFloats()[0]);
        assertArrayEquals(model.stateDict().get("layer.weight").toFloats(), c.stateDict().get("layer.weight").toFloats(), "training ends with the average");
        assertEquals(4, ((Number) ((Map<?, ?>) c.content().get("averaging_state")).get("n_averaged")).intValue());
    }

    @Test
    void case87ResumedRunEndsWithTheSameWeights() {
        Trainer.seedEverything(1);
        var whole = new Model();
        trainer().callbacks(new EMAWeightAveraging(0.9)).maxEpochs(6).build().fit(whole);
        for (Hook where : List.of(Hook.ON_TRAIN_BATCH_END, Hook.ON_VALIDATION_BATCH_END)) {
            Trainer.seedEverything(1);
            Path folder = dir.resolve(where.name());
            var ema = new EMAWeightAveraging(0.9);
            trainer().defaultRootDir(folder).callbacks(ema, FailureInjector.interruptAt(where, 5)).maxEpochs(6).build().fit(new Model());
            assertTrue(ema.updates() < 24);
            var resumed = new Model();
            var second = new EMAWeightAveraging(0.9);
            trainer().callbacks(second).maxEpochs(6).build().fit(resumed, Resume.from(folder.resolve("checkpoints/interrupted.ckpt")));
            assertEquals(24, second.updates());
            assertArrayEquals(whole.stateDict().get("layer.weight").toFloats(), resumed.stateDict().get("layer.weight").toFloats(), where.name());
        }
    }

    @Test
    void c58NothingAveragedLeavesTheModelAlone() {
        Trainer.seedEverything(1);
        var plain = new Model();
        trainer().maxEpochs(2).build().fit(plain);
        Trainer.seedEverything(1);
        var model = new Model();
        trainer().callbacks(new EMAWeightAveraging().startingAtStep(1000)).maxEpochs(2).build().fit(model);
        assertArrayEquals(plain.stateDict().get("layer.weight").toFloats(), model.stateDict().get("layer.weight").toFloats());
    }

    @Test
    void c59WhenTheAverageIsUpdated() {
        var every = new EMAWeightAveraging().everyNSteps(3).startingAtStep(4);
        trainer().callbacks(every).maxEpochs(3).build().fit(new Model());
        assertEquals(2, every.updates(), "steps 6 and 9 of 0 to 11");
        var byEpoch = new EMAWeightAveraging().everyNSteps(0).startingAtEpoch(1);
        trainer().callbacks(byEpoch).maxEpochs(3).build().fit(new Model());
        assertEquals(2, byEpoch.updates());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new EMAWeightAveraging(1.5)).getMessage().contains("1.5"));
        assertFalse(new EMAWeightAveraging().everyNSteps(0).shouldUpdateAfterStep(0));
    }

    @Test
    void anotherCheckpointStartsTheAverageAnew() {
        Trainer t = trainer().maxEpochs(1).build();
        t.fit(new Model());
        t.saveCheckpoint(dir.resolve("plain.ckpt"));
        List<String> warnings = Runs.warnings(() -> trainer().callbacks(new EMAWeightAveraging()).maxEpochs(2).build()
                .fit(new Model(), Resume.from(dir.resolve("plain.ckpt"))));
        assertEquals(1, warnings.stream().filter(w -> w.contains("was not written with EMAWeightAveraging")).count(), warnings.toString());
    }
}
