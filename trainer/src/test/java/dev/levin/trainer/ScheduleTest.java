package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.optim.Optimizer;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When things happen in a fit, beyond the numbered cases: neighbours of cases 13, 18, 22, 25, 32, 36 and 45. */
class ScheduleTest {
    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).numSanityValSteps(0);
    }

    /** Writes down {@code epoch.batch} of every optimizer step and validation, and epochs of scheduler steps. */
    private static class Diary extends BoringModel {
        final List<String> steps = new ArrayList<>();
        final List<String> validations = new ArrayList<>();
        final List<String> schedules = new ArrayList<>();
        int at;
        int validated;

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            at = i;
            return super.trainingStep(batch, i);
        }

        @Override
        public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
            steps.add(epoch + "." + i);
            super.optimizerStep(epoch, i, o, closure);
        }

        @Override
        public void onValidationStart() {
            validations.add(currentEpoch() + "." + at);
        }

        @Override
        public Object validationStepOutput(Tensor batch, int i, int loader) {
            validated++;
            return null;
        }

        @Override
        public void lrSchedulerStep(SchedulerConfig s, Double metric) {
            schedules.add(currentEpoch() + "." + at);
            super.lrSchedulerStep(s, metric);
        }
    }

    private static Iterable<Tensor> unsized(int n) {
        List<Tensor> data = BoringData.batches(n, 1, 32, 1);
        return data::iterator;
    }

    // Where validation runs: an int interval counts from the epoch's start, or over all epochs; a fraction is truncated to batches.
    @ParameterizedTest
    @CsvSource(nullValues = "null", value = {
        "10, 2, 3, 1, '0.2 0.5 0.8 1.2 1.5 1.8'", "10, 2, 10, 1, '0.9 1.9'", "10, 2, 1, 2, '1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9'",
        "10, 4, 5, 2, '1.4 1.9 3.4 3.9'", "10, 3, 4, null, '0.3 0.7 1.1 1.5 1.9 2.3 2.7'", "5, 4, 12, null, '2.1'", "5, 1, 5, null, '0.4'",
        "3, 4, 1, null, '0.0 0.1 0.2 1.0 1.1 1.2 2.0 2.1 2.2 3.0 3.1 3.2'"})
    void validationEveryNBatches(int batches, int epochs, int interval, Integer every, String expected) {
        Diary m = new Diary();
        trainer().maxEpochs(epochs).limitTrainBatches(batches).limitValBatches(1).valCheckInterval(interval).checkValEveryNEpoch(every).build().fit(m);
        assertEquals(expected, String.join(" ", m.validations));
    }

    @ParameterizedTest
    @CsvSource({"10, 0.25, '0.1 0.3 0.5 0.7 0.9'", "10, 0.3, '0.2 0.5 0.8'", "10, 0.5, '0.4 0.9'", "10, 0.05, '0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9'",
        "10, 0.99, '0.8'", "10, 1.0, '0.9'", "7, 0.5, '0.2 0.5'", "1, 0.5, '0.0'", "64, 0.3, '0.18 0.37 0.56'"})
    void validationEveryFractionOfAnEpoch(int batches, double fraction, String expected) {
        Diary m = new Diary();
        trainer().maxEpochs(1).limitTrainBatches(batches).limitValBatches(1).valCheckInterval(fraction).build().fit(m);
        assertEquals(expected, String.join(" ", m.validations));
    }

    @ParameterizedTest
    @CsvSource({"1, '0.1 1.1 2.1 3.1 4.1'", "2, '1.1 3.1'", "3, '2.1'", "6, ''"})
    void validationEveryNEpochs(int every, String expected) {
        Diary m = new Diary();
        trainer().maxEpochs(5).limitTrainBatches(2).limitValBatches(1).checkValEveryNEpoch(every).build().fit(m);
        assertEquals(expected, String.join(" ", m.validations));
    }

    @ParameterizedTest
    @CsvSource({"3, '0.2 0.5 0.8'", "5, '0.4 0.9'", "11, ''", "0, '0.9'"})
    void loadersWithoutALengthValidateAtTheIntervalAndByDefaultAtTheEnd(int interval, String expected) {
        Diary m = new Diary();
        TrainerBuilder b = trainer().maxEpochs(1).limitValBatches(1);
        (interval == 0 ? b : b.valCheckInterval(interval)).build().fit(m, unsized(10), BoringData.batches());
        assertEquals(expected, String.join(" ", m.validations));
    }

    @Test
    void aLoaderThatIsShorterThanItSaysStillValidatesAtItsEnd() {
        List<Tensor> data = BoringData.batches(4, 1, 32, 1);
        dev.levin.data.Loader<Tensor> lying = new dev.levin.data.Loader<>() {
            @Override
            public int length() {
                return 9;
            }

            @Override
            public java.util.Iterator<Tensor> iterator() {
                return data.iterator();
            }

            @Override
            public java.util.Map<String, Object> stateDict() {
                return java.util.Map.of();
            }

            @Override
            public void loadStateDict(java.util.Map<String, Object> saved) {
                throw new AssertionError();
            }
        };
        Diary m = new Diary();
        trainer().maxEpochs(2).limitValBatches(1).build().fit(m, lying, BoringData.batches());
        assertEquals(List.of("0.3", "1.3"), m.validations);
        assertEquals(List.of("0.3", "1.3"), m.schedules);
    }

    @ParameterizedTest
    @CsvSource({"3, -1, 5, '0.0 0.1 0.2 0.3 0.4', 0", "7, 2, 5, '0.0 0.1 0.2 0.3 0.4 1.0 1.1', 1", "10, 2, 5, '0.0 0.1 0.2 0.3 0.4 1.0 1.1 1.2 1.3 1.4', 2"})
    void maxStepsInsideAnEpochLeavesItWithoutValidation(int steps, int epochs, int batches, String done, int validations) {
        Diary m = new Diary();
        Trainer t = trainer().maxSteps(steps).maxEpochs(epochs).limitTrainBatches(batches).limitValBatches(1).build();
        List<String> ends = new ArrayList<>();
        FitResult r = t.fit(new Diary() {
            @Override
            public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
                m.steps.add(epoch + "." + i);
                super.optimizerStep(epoch, i, o, closure);
            }

            @Override
            public void onValidationStart() {
                m.validations.add("v");
            }

            @Override
            public void onTrainEpochEnd() {
                ends.add("end " + currentEpoch());
            }
        });
        assertEquals(done.split(" ").length > steps ? steps : done.split(" ").length, m.steps.size());
        assertEquals(validations, m.validations.size());
        assertEquals("max_steps=" + steps + " reached", r.reason());
        assertEquals((steps - 1) / batches + 1, ends.size());
        assertEquals((steps - 1) / batches + 1, t.currentEpoch());
    }

    // Steps at every n-th batch of the epoch, and at its last.
    @ParameterizedTest
    @CsvSource({"5, 1, '0.0 0.1 0.2 0.3 0.4'", "5, 2, '0.1 0.3 0.4'", "5, 3, '0.2 0.4'", "5, 5, '0.4'", "5, 9, '0.4'", "6, 3, '0.2 0.5'", "1, 4, '0.0'"})
    void accumulationStepsAtEachFullWindowAndAtTheEnd(int batches, int accumulate, String expected) {
        Diary m = new Diary();
        Trainer t = trainer().maxEpochs(2).limitTrainBatches(batches).limitValBatches(0).accumulateGradBatches(accumulate).build();
        t.fit(m);
        assertEquals(expected + " " + expected.replace("0.", "1."), String.join(" ", m.steps));
        assertEquals(m.steps.size(), t.globalStep());
        assertEquals(m.steps.size(), t.loggerStep());
        Diary u = new Diary();
        trainer().maxEpochs(1).limitValBatches(0).accumulateGradBatches(accumulate).build().fit(u, unsized(batches));
        assertEquals(expected, String.join(" ", u.steps), "without a known length");
    }

    @Test
    void maxStepsCountsStepsAndNotBatches() {
        Diary m = new Diary();
        Trainer t = trainer().maxSteps(3).limitTrainBatches(8).limitValBatches(0).accumulateGradBatches(4).build();
        t.fit(m);
        assertEquals(List.of("0.3", "0.7", "1.3"), m.steps);
        assertEquals(3, t.globalStep());
    }

    // The modulus of a step interval counts batches, its gate counts steps.
    @ParameterizedTest
    @CsvSource({"1, 1, '0.0 0.1 0.2 0.3 0.4 0.5 1.0 1.1 1.2 1.3 1.4 1.5'", "2, 1, '0.1 0.3 0.5 1.1 1.3 1.5'", "4, 1, '0.3 1.3'", "7, 1, ''",
        "1, 2, '0.1 0.3 0.5 1.1 1.3 1.5'", "3, 2, '0.5 1.5'", "2, 4, '0.3 0.5 1.3 1.5'"})
    void schedulersByStepFollowTheirFrequency(int frequency, int accumulate, String expected) {
        Diary m = new Diary() {
            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new StepLR(sgd, 1)).every(frequency, SchedulerConfig.Interval.STEP));
            }
        };
        trainer().maxEpochs(2).limitTrainBatches(6).limitValBatches(0).accumulateGradBatches(accumulate).build().fit(m);
        assertEquals(expected, String.join(" ", m.schedules));
    }

    @ParameterizedTest
    @CsvSource({"1, '0.1 1.1 2.1 3.1'", "2, '1.1 3.1'", "3, '2.1'", "5, ''"})
    void schedulersByEpochFollowTheirFrequency(int frequency, String expected) {
        Diary m = new Diary() {
            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new StepLR(sgd, 1)).every(frequency, SchedulerConfig.Interval.EPOCH));
            }
        };
        trainer().maxEpochs(4).limitTrainBatches(2).limitValBatches(0).build().fit(m);
        assertEquals(expected, String.join(" ", m.schedules));
    }

    @Test
    void epochSchedulersHaveSteppedWhenTheBatchEndsAndACheckpointIsWritten() {
        List<Double> rates = new ArrayList<>();
        trainer().maxEpochs(1).limitTrainBatches(2).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public void onTrainBatchEnd(java.util.Map<String, ?> outputs, Tensor batch, int i) {
                rates.add(trainer().rawOptimizers().getFirst().paramGroups().getFirst().lr());
            }
        });
        assertEquals(0.1, rates.get(0), 1e-12);
        assertEquals(0.01, rates.get(1), 1e-12);
    }

    // ---- data of a run ---------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 5, 6", "2, 3, 3", "3, 2, 2", "7, 1, 1"})
    void loadersAreAskedForAnewEveryNEpochs(int every, int training, int validation) {
        int[] asked = new int[2];
        trainer().maxEpochs(5).limitTrainBatches(1).limitValBatches(1).numSanityValSteps(every == 1 ? 1 : 0).reloadDataloadersEveryNEpochs(every).build()
                .fit(new BoringModel() {
                    @Override
                    public Iterable<Tensor> trainDataloader() {
                        asked[0]++;
                        return super.trainDataloader();
                    }

                    @Override
                    public Iterable<Tensor> valDataloader() {
                        asked[1]++;
                        return super.valDataloader();
                    }
                });
        assertEquals(training, asked[0]);
        // The sanity check's loader is the first epoch's, too.
        assertEquals(every == 1 ? 5 : validation, asked[1]);
    }

    @ParameterizedTest
    @CsvSource({"-1, 7, 7", "2, 7, 2", "2, 1, 1", "0, 7, 0", "100, 7, 7"})
    void theSanityCheckRunsTheSmallerOfItsNumberAndTheLimit(int sanity, int limit, int expected) {
        int[] seen = new int[1];
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(limit).numSanityValSteps(sanity).build();
        t.fit(new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                seen[0] += trainer().isSanityChecking() ? 1 : 0;
                return null;
            }
        });
        assertEquals(expected, seen[0]);
        assertEquals(List.of(Math.min(sanity < 0 ? 99 : sanity, limit)), t.numSanityValBatches());
    }

    @Test
    void theSanityCheckRunsSoManyBatchesOfEachLoader() {
        int[] seen = new int[2];
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).build();
        t.fit(new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                seen[loader] += trainer().isSanityChecking() ? 1 : 0;
                return null;
            }
        }, BoringData.batches(), Loaders.list(List.of(BoringData.batches(1, 1, 32, 1), BoringData.batches(5, 1, 32, 1))), Resume.NO);
        assertEquals(List.of(1, 2), List.of(seen[0], seen[1]));
        assertEquals(List.of(1, 2), t.numSanityValBatches());
    }

    @Test
    void shufflesFollowTheEpochAndEvaluationLoadersAreToldItToo() {
        List<Double> firsts = new ArrayList<>();
        Tensor all = Tensor.arange(32).reshape(32, 1).to(dev.levin.type.DType.F32).mul(Tensor.ones(32, 32));
        var loader = new DataLoader<>(Dataset.of(all.split(1, 0).stream().map(x -> x.reshape(32)).toList()), 1).shuffle(3);
        List<Long> told = new ArrayList<>();
        dev.levin.data.Loader<Tensor> val = new dev.levin.data.Loader<>() {
            @Override
            public int length() {
                return 1;
            }

            @Override
            public java.util.Iterator<Tensor> iterator() {
                return BoringData.batches(1, 1, 32, 1).iterator();
            }

            @Override
            public void setEpoch(long epoch) {
                told.add(epoch);
            }

            @Override
            public java.util.Map<String, Object> stateDict() {
                return java.util.Map.of();
            }

            @Override
            public void loadStateDict(java.util.Map<String, Object> saved) {
                throw new AssertionError();
            }
        };
        trainer().maxEpochs(3).limitTrainBatches(8).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                firsts.add((double) batch.toFloats()[0]);
                return super.trainingStep(batch, i);
            }
        }, loader, val);
        Set<List<Double>> orders = new HashSet<>(List.of(firsts.subList(0, 8), firsts.subList(8, 16), firsts.subList(16, 24)));
        assertEquals(3, orders.size());
        assertEquals(List.of(0L, 1L, 2L), told);
    }

    // ---- stopping --------------------------------------------------------------------------------------------------------------

    /** Asks to stop at one batch. */
    private static BoringModel stopping(int epoch, int at, Diary into) {
        return new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                into.steps.add(currentEpoch() + "." + i);
                if (currentEpoch() == epoch && i == at) {
                    trainer().requestStop("asked to");
                }
                return super.trainingStep(batch, i);
            }

            @Override
            public void onValidationStart() {
                into.validations.add("v");
            }
        };
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 2, 1", "1, 0, 4, 1", "2, 0, 8, 2", "0, 3, 3, 1", "0, 6, 6, 2", "2, 7, 8, 2", "1, 7, 7, 2"})
    void aRequestToStopIsHonouredAfterTheBatchOnceBothMinimaAreMet(int minEpochs, int minSteps, int batchesRun, int validations) {
        Diary d = new Diary();
        Trainer t = trainer().maxEpochs(5).limitTrainBatches(4).limitValBatches(1).minEpochs(minEpochs).minSteps(minSteps).build();
        FitResult r = t.fit(stopping(0, 1, d));
        assertEquals(batchesRun, d.steps.size());
        assertEquals(validations, d.validations.size());
        assertEquals("asked to", r.reason());
        assertTrue(t.shouldStop());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10})
    void stopReasonsAreSaid(int max) {
        try (LogCapture log = new LogCapture()) {
            trainer().maxEpochs(max).maxSteps(max == 3 ? -1 : 2).limitTrainBatches(1).limitValBatches(0).build().fit(new BoringModel());
            String expected = max == 3 ? "fit stopped: max_epochs=3 reached" : "fit stopped: max_steps=2 reached";
            assertEquals(List.of(expected), log.messages(Level.INFO).stream().filter(s -> s.startsWith("fit stopped")).toList());
        }
        try (LogCapture log = new LogCapture()) {
            trainer().maxEpochs(3).limitValBatches(0).build().fit(new BoringModel(), List.of());
            assertTrue(log.messages(Level.INFO).contains("fit stopped: no training batches"), log.messages(Level.INFO).toString());
        }
        try (LogCapture log = new LogCapture()) {
            trainer().maxEpochs(3).limitTrainBatches(4).limitValBatches(0).build().fit(stopping(0, 1, new Diary()));
            assertTrue(log.messages(Level.DEBUG).contains("fit stopped: asked to"), log.messages(Level.DEBUG).toString());
        }
    }
}
