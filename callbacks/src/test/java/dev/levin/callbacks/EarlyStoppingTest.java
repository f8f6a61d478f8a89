package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EarlyStoppingTest {
    @TempDir
    Path dir;

    private TrainerBuilder trainer(EarlyStopping stop) {
        return Runs.quiet(dir).callbacks(stop).limitTrainBatches(2).limitValBatches(0).maxEpochs(10);
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    /** The epochs a run with these losses trains. */
    private int epochs(EarlyStopping stop, double... losses) {
        return trainer(stop).maxEpochs(losses.length).build().fit(new Runs.Scripted("loss", losses)).epoch();
    }

    @ParameterizedTest
    @CsvSource({"6 5 5 5 5 5, 3, 4", "6 5 4 4 3 3, 1, 3", "6 5 6 5 5 5, 3, 4"})
    void case83Patience(String losses, int patience, int lastEpoch) {
        assertEquals(lastEpoch + 1, epochs(new EarlyStopping("loss").patience(patience), numbers(losses)));
        double[] values = numbers(losses);
        var validated = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("loss", values[currentEpoch()]);
                return null;
            }
        };
        for (boolean atTrainEnd : List.of(false, true)) {
            var stop = new EarlyStopping("loss").patience(patience).checkOnTrainEpochEnd(atTrainEnd);
            FitResult r = trainer(stop).limitValBatches(1).maxEpochs(values.length).build().fit(validated);
            assertEquals(lastEpoch + 1, r.epoch());
            assertEquals(lastEpoch, stop.stoppedEpoch());
            assertEquals(EarlyStopping.Reason.PATIENCE_EXHAUSTED, stop.reason());
        }
    }

    @Test
    void c41NotFiniteStopsFirst() {
        var stop = new EarlyStopping("loss").stoppingThreshold(100);
        assertEquals(1, epochs(stop, Double.NaN, 1, 1));
        assertEquals(EarlyStopping.Reason.NON_FINITE_METRIC, stop.reason());
        assertTrue(stop.stoppingReason().contains("NaN"), stop.stoppingReason());
        assertEquals(3, epochs(new EarlyStopping("loss").checkFinite(false), Double.NaN, 1, 1));
    }

    @Test
    void c41Thresholds() {
        var good = new EarlyStopping("loss").stoppingThreshold(0.5).divergenceThreshold(10);
        assertEquals(3, epochs(good, 3, 0.5, 0.4, 0.3));
        assertEquals(EarlyStopping.Reason.STOPPING_THRESHOLD, good.reason());
        var hopeless = new EarlyStopping("loss").divergenceThreshold(10);
        assertEquals(3, epochs(hopeless, 3, 10, 11, 1));
        assertEquals(EarlyStopping.Reason.DIVERGENCE_THRESHOLD, hopeless.reason());
        var max = new EarlyStopping("loss", Mode.MAX).stoppingThreshold(0.9);
        assertEquals(2, epochs(max, 0.5, 0.95, 0.1));
    }

    @Test
    void c41ImprovementIsMoreThanMinDelta() {
        // 1.0 to 0.9 is an improvement by exactly the delta, which is none.
        var stop = new EarlyStopping("loss").patience(2).minDelta(-0.125);
        assertEquals(3, epochs(stop, 1, 0.875, 0.875, 0.1));
        assertEquals(1, stop.bestScore());
        var max = new EarlyStopping("loss", Mode.MAX).patience(2).minDelta(0.125);
        assertEquals(4, epochs(max, 1, 1.25, 1.25, 1.375, 9));
    }

    @Test
    void c42PatienceCountsChecks() {
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("loss", 1.0);
                return null;
            }
        };
        var stop = new EarlyStopping("loss").patience(3);
        FitResult r = trainer(stop).limitValBatches(1).checkValEveryNEpoch(10).maxEpochs(100).build().fit(model);
        assertEquals(40, r.epoch());
        assertEquals(3, stop.waitCount());
    }

    @Test
    void onlyNewValuesAreChecked() {
        // Validation runs every third epoch, the check every epoch: departure 4.
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("loss", 1.0);
                return null;
            }
        };
        var stop = new EarlyStopping("loss").patience(2).strict(false).checkOnTrainEpochEnd(true);
        assertEquals(9, trainer(stop).limitValBatches(1).checkValEveryNEpoch(3).maxEpochs(30).build().fit(model).epoch());
    }

    @Test
    void c43MissingMonitor() {
        var e = assertThrows(MisconfigurationException.class, () -> trainer(new EarlyStopping("nope")).build().fit(new Runs.Scripted("loss", 1)));
        assertTrue(e.getMessage().contains("'nope'") && e.getMessage().contains("[loss]"), e.getMessage());
        List<String> quiet = Runs.warnings(() -> trainer(new EarlyStopping("nope").strict(false)).maxEpochs(1).build().fit(new Runs.Scripted("loss", 1)));
        assertEquals(0, quiet.stream().filter(w -> w.contains("'nope'")).count());
        List<String> loud = Runs.warnings(() -> trainer(new EarlyStopping("nope").strict(false).verbose(true)).maxEpochs(1).build()
                .fit(new Runs.Scripted("loss", 1)));
        assertEquals(1, loud.stream().filter(w -> w.contains("'nope'")).count(), loud.toString());
    }

    @Test
    void case15MinimumEpochsHoldItBack() {
        List<Boolean> asked = new ArrayList<>();
        var model = new Runs.Scripted("loss", 1) {
            @Override
            public void onTrainEpochStart() {
                asked.add(trainer().shouldStop());
            }
        };
        List<String> messages = Runs.messages(ch.qos.logback.classic.Level.INFO, () -> {
            FitResult r = trainer(new EarlyStopping("loss").patience(0).checkOnTrainEpochEnd(true)).minEpochs(5).maxEpochs(20).build().fit(model);
            assertEquals(10, r.step());
        });
        assertEquals(List.of(false, false, true, true, true), asked);
        assertEquals(1, messages.stream().filter(m -> m.contains("held back")).count(), messages.toString());
    }

    @Test
    void case10StopTriggersValidationOnce() {
        int[] runs = {0};
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("loss", 1.0, dev.levin.trainer.Log.onEpoch(), dev.levin.trainer.Log.onStep(false));
                return super.trainingStep(batch, i);
            }

            @Override
            public void onValidationStart() {
                runs[0]++;
            }
        };
        for (boolean epochs : List.of(true, false)) {
            runs[0] = 0;
            var b = Runs.quiet(dir).callbacks(new EarlyStopping("loss").stoppingThreshold(100).checkOnTrainEpochEnd(true)).limitTrainBatches(2).limitValBatches(2)
                    .maxEpochs(3);
            (epochs ? b.minEpochs(3) : b.minSteps(3)).build().fit(model);
            assertEquals(epochs ? 3 : 2, runs[0]);
        }
    }

    @Test
    void c46StateGoesOn() {
        var first = new EarlyStopping("loss").patience(3);
        Trainer t = trainer(first).maxEpochs(3).build();
        t.fit(new Runs.Scripted("loss", 1, 2, 3));
        t.saveCheckpoint(dir.resolve("a.ckpt"));
        assertEquals(2, first.waitCount());
        var second = new EarlyStopping("loss").patience(3);
        FitResult r = trainer(second).maxEpochs(9).build().fit(new Runs.Scripted("loss", 0, 0, 0, 2, 2), Resume.from(dir.resolve("a.ckpt")));
        assertEquals(4, r.epoch());
        assertEquals(1, second.bestScore());
        assertEquals(3, second.waitCount());
        assertTrue(r.reason().contains("did not improve in the last 3 checks"), r.reason());
    }

    @Test
    void case68ResumeBelowTheEpochsDone() {
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1);
        Runs.saving(dir).callbacks(new EarlyStopping("loss"), saver).limitTrainBatches(2).limitValBatches(0).maxEpochs(4).build()
                .fit(new Runs.Scripted("loss", 4, 3, 2, 1));
        var e = assertThrows(MisconfigurationException.class, () -> Runs.saving(dir).callbacks(new EarlyStopping("loss"), new ModelCheckpoint().dirpath(dir))
                .limitTrainBatches(2).limitValBatches(0).maxEpochs(1).build().fit(new Runs.Scripted("loss", 1), Resume.from(saver.bestModelPath().orElseThrow())));
        assertTrue(e.getMessage().contains("current_epoch"), e.getMessage());
    }

    @Test
    void c47SkippedInDevelopmentRunsAndOutsideFit() {
        var stop = new EarlyStopping("nope");
        Runs.quiet(dir).callbacks(stop).fastDevRun(true).build().fit(new BoringModel());
        Runs.quiet(dir).callbacks(stop).limitValBatches(1).build().validate(new BoringModel());
        assertEquals(EarlyStopping.Reason.NOT_STOPPED, stop.reason());
        assertEquals("EarlyStopping{'monitor': 'nope', 'mode': 'min'}", stop.stateKey());
        assertThrows(IllegalArgumentException.class, () -> new EarlyStopping("x").patience(-1));
    }
}
