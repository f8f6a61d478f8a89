package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases 8 to 30 of the reference: counts, limits, and when validation runs. */
class LimitsTest {
    @TempDir
    Path dir;

    private TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).numSanityValSteps(0).defaultRootDir(dir);
    }

    /** Counts what runs. */
    private static class Counting extends BoringModel {
        int train;
        int val;
        int valRuns;
        int test;
        int trainEpochEnds;
        int valEpochEnds;

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            train++;
            return super.trainingStep(batch, i);
        }

        @Override
        public Object validationStepOutput(Tensor batch, int i, int loader) {
            val++;
            return null;
        }

        @Override
        public Object testStepOutput(Tensor batch, int i, int loader) {
            test++;
            return null;
        }

        @Override
        public void onValidationStart() {
            valRuns++;
        }

        @Override
        public void onValidationEpochEnd() {
            valEpochEnds++;
        }

        @Override
        public void onTrainEpochEnd() {
            trainEpochEnds++;
        }
    }

    /** No length, no end that is known in advance. */
    private static Iterable<Tensor> unsized(int n) {
        return () -> {
            Iterator<Tensor> it = BoringData.batches(n, 1, 32, 1).iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return it.hasNext();
                }

                @Override
                public Tensor next() {
                    return it.next();
                }
            };
        };
    }

    private record StopAt(String hook) implements EarlyStop {
        @Override
        public void onTrainEpochEnd(Trainer t, LightningModule<?> m) {
            t.requestStop("test");
        }

        @Override
        public String stoppingReason() {
            return hook;
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 5", "3, 8"})
    void case8SkippingTheEpochStepsTheEpochScheduler(int epochs, int batches) {
        double[] lr = new double[1];
        trainer().maxEpochs(epochs).limitTrainBatches(batches).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                return i == 1 ? Flow.SKIP_EPOCH : Flow.CONTINUE;
            }

            @Override
            public void onTrainEnd() {
                lr[0] = lrSchedulers().getFirst().scheduler().lastLr().getFirst();
                assertTrue(trainer().isLastBatch());
            }
        });
        assertEquals(0.1 * Math.pow(0.1, epochs), lr[0], 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"3, -1, 3", "-1, 3, 2"})
    void case10AStopRunsValidationOnce(int minEpochs, int minSteps, int validations) {
        // A request to stop, made once at the end of the first epoch, is held back until the minimum is met.
        Counting m = new Counting();
        TrainerBuilder b = trainer().maxEpochs(3).limitTrainBatches(2).limitValBatches(2).callbacks(new StopAt("x"));
        (minEpochs > 0 ? b.minEpochs(minEpochs) : b.minSteps(minSteps)).build().fit(m);
        assertEquals(validations, m.valRuns);
    }

    @ParameterizedTest
    @CsvSource({"'', -1, false", "-1, -1, false", "5, -1, false", "-1, 10, false", "'', 0, true", "0, -1, true", "-1, 0, true"})
    void case12LimitsThatAreDoneAtOnce(String epochs, int steps, boolean done) {
        TrainerBuilder b = trainer().maxSteps(steps);
        Trainer t = (epochs.isEmpty() ? b : b.maxEpochs(Integer.parseInt(epochs))).build();
        assertEquals(done, t.fitLoop().isDone());
    }

    @ParameterizedTest
    @CsvSource({"42, 3, 42, 2", "192, 2, 64, 2", "3, -1, 3, 1"})
    void case13MaxStepsAndEpochs(int steps, int epochs, int doneSteps, int doneEpochs) {
        Trainer t = trainer().maxSteps(steps).maxEpochs(epochs).limitTrainBatches(0.5).limitValBatches(0).build();
        t.fit(new BoringModel());
        assertEquals(doneSteps, t.globalStep());
        assertEquals(doneEpochs, t.currentEpoch());
    }

    @Test
    void case15StoppingIsHeldBackUntilMinEpochs() {
        Counting m = new Counting();
        try (LogCapture log = new LogCapture()) {
            trainer().maxEpochs(10).minEpochs(5).limitTrainBatches(2).limitValBatches(0).callbacks(new StopAt("x")).build().fit(m);
            assertEquals(10, m.train);
            assertEquals(1, log.messages(Level.INFO).stream().filter(s -> s.contains("held back")).count());
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 64", "7, 7", "0.1, 6", "10, 10", "1, 1", "1.0, 64"})
    void case17LimitsOfEvaluationLoops(String limit, int batches) {
        TrainerBuilder b = trainer().maxEpochs(1).limitTrainBatches(1);
        if (limit.contains(".")) {
            b.limitValBatches(Double.parseDouble(limit)).limitTestBatches(Double.parseDouble(limit)).limitPredictBatches(Double.parseDouble(limit));
        } else {
            b.limitValBatches(Integer.parseInt(limit)).limitTestBatches(Integer.parseInt(limit)).limitPredictBatches(Integer.parseInt(limit));
        }
        Counting m = new Counting();
        Trainer t = b.build();
        t.fit(m);
        assertEquals(batches, m.val);
        t.test(m);
        assertEquals(batches, m.test);
        assertEquals(batches, t.predict(m).toList().size());
        assertEquals(List.of(batches), t.numValBatches());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "0.1, 6", "0.25, 16", "1.0, 64"})
    void case18OverfitBatches(String value, int batches) {
        TrainerBuilder b = trainer().maxEpochs(1);
        b = value.contains(".") ? b.overfitBatches(Double.parseDouble(value)) : b.overfitBatches(Integer.parseInt(value));
        Trainer t = b.build();
        t.fit(new BoringModel());
        assertEquals(batches, t.numTrainingBatches());
        assertEquals(List.of(batches), t.numValBatches());
        assertEquals(64, t.predict(new BoringModel()).toList().size());
    }

    @Test
    void case18OverfittingReadsShuffledDataInOrder() {
        Tensor all = Tensor.arange(8).reshape(8, 1).to(dev.levin.type.DType.F32).mul(Tensor.ones(8, 32));
        List<Double> seen = new ArrayList<>();
        var loader = new DataLoader<>(Dataset.of(all.split(1, 0).stream().map(x -> x.reshape(32)).toList()), 1).shuffle(3);
        trainer().maxEpochs(2).overfitBatches(3).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                seen.add((double) batch.toFloats()[0]);
                return super.trainingStep(batch, i);
            }
        }, loader);
        assertEquals(List.of(0.0, 1.0, 2.0, 0.0, 1.0, 2.0), seen);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void case19FastDevRun(int n) {
        Counting m = new Counting();
        List<String> rows = new ArrayList<>();
        boolean[] saved = new boolean[1];
        Trainer t = Trainer.builder().accelerator("cpu").defaultRootDir(dir).fastDevRun(n).maxEpochs(7).maxSteps(100).valCheckInterval(2)
                .checkValEveryNEpoch(3).limitTrainBatches(0).logger((values, step) -> rows.add("row")).build();
        t.fit(m);
        t.test(m);
        assertEquals(List.of(n, n, n, 1, 1), List.of(m.train, m.val, m.test, m.trainEpochEnds, m.valEpochEnds));
        assertEquals(n, t.maxSteps());
        assertEquals(1, t.maxEpochs());
        assertTrue(t.validatesAtEpochEnd());
        assertEquals(1, t.checkValEveryNEpoch());
        assertTrue(t.logger() instanceof DummyLogger);
        assertEquals(List.of(), rows);
        assertFalse(saved[0]);
    }

    @Test
    void case20DisabledLoops() {
        Counting m = new Counting();
        float[] before = m.stateDict().get("layer.weight").toFloats();
        Trainer t = trainer().maxEpochs(2).limitTrainBatches(0.0).build();
        t.fit(m);
        assertEquals(0, m.train);
        assertEquals(0, t.currentEpoch());
        assertArrayEquals(before, m.stateDict().get("layer.weight").toFloats());

        Counting v = new Counting();
        Trainer u = trainer().maxEpochs(2).limitTrainBatches(2).limitValBatches(0.0).build();
        u.fit(v);
        assertEquals(2, u.currentEpoch());
        assertEquals(0, v.val);

        Trainer f = trainer().maxEpochs(2).limitTrainBatches(0.0).limitValBatches(0.0).fastDevRun(true).build();
        Counting w = new Counting();
        f.fit(w);
        assertEquals(List.of(1, 1, 1), List.of(w.train, w.val, f.currentEpoch()));
    }

    @ParameterizedTest
    @CsvSource({"2, 1, -1, 128", "1, 2, -1, 32", "1, 3, -1, 22", "-1, 1, 2, 2", "-1, 1, 100, 100", "-1, 1, -1, Infinity"})
    void case22EstimatedSteps(int epochs, int accumulate, int steps, double expected) {
        double[] estimated = new double[1];
        Trainer t = trainer().maxEpochs(epochs).accumulateGradBatches(accumulate).maxSteps(steps).limitValBatches(0).callbacks(new Callback() {
            @Override
            public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
                trainer.requestStop("enough");
            }
        }).build();
        t.fit(new BoringModel() {
            @Override
            public Optimizers configureOptimizers() {
                estimated[0] = trainer().estimatedSteppingBatches();
                return super.configureOptimizers();
            }
        });
        assertEquals(expected, estimated[0]);
    }

    @Test
    void case22WithoutALength() {
        double[] estimated = new double[1];
        trainer().maxEpochs(-1).maxSteps(3).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                estimated[0] = trainer().estimatedSteppingBatches();
            }
        }, unsized(64));
        assertEquals(3, estimated[0]);
    }

    @ParameterizedTest
    @CsvSource({"10, 5, 10, 10", "20, '', 20, 20"})
    void case23ASecondFitWithReachedLimitsDoesNothing(int steps, String epochs, int first, int second) {
        TrainerBuilder b = trainer().maxSteps(steps).limitTrainBatches(20).limitValBatches(0);
        Trainer t = (epochs.isEmpty() ? b : b.maxEpochs(Integer.parseInt(epochs))).build();
        t.fit(new BoringModel());
        assertEquals(first, t.globalStep());
        t.fit(new BoringModel());
        assertEquals(second, t.globalStep());
    }

    @Test
    void case23FitTwice() {
        List<Integer> epochs = new ArrayList<>();
        var m = new BoringModel() {
            @Override
            public void onTrainEpochEnd() {
                epochs.add(currentEpoch());
            }
        };
        Trainer t = trainer().maxEpochs(2).limitTrainBatches(1).limitValBatches(0).build();
        t.fit(m);
        t.maxEpochs(4);
        t.fit(m);
        assertEquals(List.of(0, 1, 2, 3), epochs);
    }

    @Test
    void case24MaxEpochsDefaultsTo1000WithAWarning() {
        try (LogCapture log = new LogCapture()) {
            Trainer t = trainer().limitTrainBatches(1).limitValBatches(0).callbacks(new StopAt("x")).build();
            t.fit(new BoringModel());
            assertEquals(1000, t.maxEpochs());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("1000 epochs")).count());
        }
        try (LogCapture log = new LogCapture()) {
            trainer().fastDevRun(true).build().fit(new BoringModel());
            assertEquals(List.of(), log.warnings().stream().filter(s -> s.contains("1000")).toList());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "3, 1", "3, 2", "4, 1", "4, 3"})
    void case25ValidationEveryFractionOfAnEpoch(int d, int epochs) {
        Counting m = new Counting();
        trainer().maxEpochs(epochs).limitValBatches(1).valCheckInterval(1.0 / d).build().fit(m);
        assertEquals(epochs * d, m.valRuns);
    }

    @Test
    void case27IntervalsThatCantBe() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> trainer().maxEpochs(1).limitTrainBatches(10).valCheckInterval(100).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("100") && e.getMessage().contains("10 training batches") && e.getMessage().contains("limit_val_batches=0"), e.getMessage());
        trainer().maxEpochs(1).limitTrainBatches(10).limitValBatches(0).valCheckInterval(100).build().fit(new BoringModel());
        assertThrows(MisconfigurationException.class, () -> trainer().checkValEveryNEpoch(null).valCheckInterval(0.5).build());
        assertThrows(MisconfigurationException.class,
                () -> trainer().maxEpochs(1).valCheckInterval(0.5).build().fit(new BoringModel(), unsized(4), BoringData.batches()));
    }

    @Test
    void batchesCanBeCountedAcrossEpochs() {
        Counting m = new Counting();
        trainer().maxEpochs(4).limitTrainBatches(5).limitValBatches(1).checkValEveryNEpoch(null).valCheckInterval(7).build().fit(m);
        assertEquals(2, m.valRuns);
    }

    @Test
    void case28ValidationByTheClock() {
        for (Object interval : new Object[] {Duration.ofSeconds(2), "00:00:00:02"}) {
            long[] now = {0};
            Counting m = new Counting();
            TrainerBuilder b = trainer().maxSteps(5).limitValBatches(1).nanoTime(() -> now[0] += 2_000_000_000L);
            (interval instanceof Duration d ? b.valCheckInterval(d) : b.valCheckInterval((String) interval)).build().fit(m);
            assertEquals(5, m.valRuns);
        }
    }

    @Test
    void case30NoValidationAtOnceAfterAResume() {
        Path file = dir.resolve("epoch.ckpt");
        trainer().maxEpochs(1).limitTrainBatches(1).limitValBatches(1).callbacks(new SavingCallback(file)).build().fit(new BoringModel());
        Counting m = new Counting();
        trainer().maxEpochs(2).limitTrainBatches(1).limitValBatches(1).build().fit(m, Resume.from(file));
        assertEquals(1, m.val);
    }

    @Test
    void loadersWithoutALengthAreReadToTheirEnd() {
        Counting m = new Counting();
        trainer().maxEpochs(2).accumulateGradBatches(2).build().fit(m, unsized(5), unsized(3));
        assertEquals(List.of(10, 6, 2), List.of(m.train, m.val, m.valRuns));
        assertThrows(MisconfigurationException.class, () -> trainer().maxEpochs(1).limitTrainBatches(0.5).build().fit(new BoringModel(), unsized(4)));
    }

    @Test
    void aFractionThatGivesNoBatchNamesTheSmallestThatDoes() {
        MisconfigurationException e = assertThrows(MisconfigurationException.class,
                () -> trainer().maxEpochs(1).limitTrainBatches(0.001).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("0.015625"), e.getMessage());
        assertThrows(MisconfigurationException.class, () -> trainer().limitTrainBatches(1.5));
        assertThrows(MisconfigurationException.class, () -> trainer().limitTrainBatches(-1));
    }
}
