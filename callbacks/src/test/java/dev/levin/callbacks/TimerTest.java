package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimerTest {
    @TempDir
    Path dir;

    private final Runs.Clock clock = new Runs.Clock();

    /** A second a batch. */
    private final class Slow extends BoringModel {
        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            clock.advance(1);
            return super.trainingStep(batch, i);
        }
    }

    @Test
    void case85Durations() {
        assertEquals(Optional.of(Duration.ofSeconds(22)), new Timer("00:00:00:22").timeRemaining());
        assertEquals(Optional.of(Duration.ofDays(12).plusHours(34).plusMinutes(56).plusSeconds(65)), new Timer("12:34:56:65").timeRemaining());
        assertThrows(MisconfigurationException.class, () -> new Timer("6:00:00"));
        assertThrows(MisconfigurationException.class, () -> new Timer("60 minutes"));
        assertThrows(IllegalArgumentException.class, () -> new Timer(Duration.ofSeconds(-1)));
        assertEquals(Optional.empty(), new Timer().timeRemaining());
    }

    @ParameterizedTest
    @EnumSource(Timer.Interval.class)
    void case85ZeroDurationTakesNoStep(Timer.Interval interval) {
        FitResult r = Runs.quiet(dir).nanoTime(clock).callbacks(new Timer(Duration.ZERO).interval(interval)).maxEpochs(3).build().fit(new Slow());
        assertEquals(0, r.step());
    }

    @Test
    void c55StepsAndEpochsAreWhereTheClockIsRead() {
        var steps = new Timer(Duration.ofSeconds(5));
        FitResult r = Runs.quiet(dir).nanoTime(clock).callbacks(steps).limitTrainBatches(4).limitValBatches(0).build().fit(new Slow());
        assertEquals(5, r.step());
        assertTrue(r.reason().contains("time limit of 0:05"), r.reason());
        assertEquals(Duration.ofSeconds(5), steps.timeElapsed());
        assertEquals(Optional.of(Duration.ZERO), steps.timeRemaining());
        var epochs = new Timer(Duration.ofSeconds(5)).interval(Timer.Interval.EPOCH);
        assertEquals(8, Runs.quiet(dir).nanoTime(clock).callbacks(epochs).limitTrainBatches(4).limitValBatches(0).build().fit(new Slow()).step());
    }

    @Test
    void case85MinimaWinOverTheClock() {
        assertEquals(8, Runs.quiet(dir).nanoTime(clock).callbacks(new Timer(Duration.ofSeconds(1))).minEpochs(2).limitTrainBatches(4).limitValBatches(0).build()
                .fit(new Slow()).step());
        // min_steps alone means one epoch at least (T-10).
        assertEquals(4, Runs.quiet(dir).nanoTime(clock).callbacks(new Timer(Duration.ofSeconds(1))).minSteps(3).limitTrainBatches(4).limitValBatches(0).build()
                .fit(new Slow()).step());
    }

    @Test
    void case85ResumeCountsTheTimeThatWasUsed() {
        Path file = dir.resolve("a.ckpt");
        Trainer first = Runs.quiet(dir).nanoTime(clock).callbacks(new Timer(Duration.ofSeconds(3))).limitTrainBatches(8).limitValBatches(0).build();
        assertEquals(3, first.fit(new Slow()).step());
        first.saveCheckpoint(file);
        var same = new Timer(Duration.ofSeconds(3));
        assertEquals(3, Runs.quiet(dir).nanoTime(clock).callbacks(same).limitTrainBatches(8).limitValBatches(0).build().fit(new Slow(), Resume.from(file)).step());
        assertEquals(Duration.ofSeconds(3), same.timeElapsed());
        var longer = new Timer(Duration.ofSeconds(5));
        assertEquals(5, Runs.quiet(dir).nanoTime(clock).callbacks(longer).limitTrainBatches(8).limitValBatches(0).build().fit(new Slow(), Resume.from(file)).step());
        assertEquals(Duration.ofSeconds(5), longer.timeElapsed());
    }

    @Test
    void t13MaxTimeAddsATimerUnlessThereIsOne() {
        assertEquals(2, Runs.quiet(dir).nanoTime(clock).maxTime("00:00:00:02").limitValBatches(0).build().fit(new Slow()).step());
        var own = new Timer(Duration.ofSeconds(4));
        assertEquals(4, Runs.quiet(dir).nanoTime(clock).callbacks(own).maxTime("00:00:00:02").limitValBatches(0).build().fit(new Slow()).step());
    }

    @ParameterizedTest
    @ValueSource(strings = {"VALIDATE", "TEST"})
    void otherStagesAreMeasured(String stage) {
        var timer = new Timer();
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                clock.advance(2);
                return null;
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                clock.advance(3);
                return null;
            }
        };
        Trainer t = Runs.quiet(dir).nanoTime(clock).callbacks(timer).limitValBatches(4).limitTestBatches(4).build();
        if (stage.equals("TEST")) {
            t.test(model);
        } else {
            t.validate(model);
        }
        assertEquals(Duration.ofSeconds(stage.equals("TEST") ? 12 : 8), timer.timeElapsed(Stage.valueOf(stage)));
        assertEquals(Duration.ZERO, timer.timeElapsed());
    }
}
