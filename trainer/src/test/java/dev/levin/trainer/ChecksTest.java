package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.precision.Precision;
import dev.levin.strategies.Accelerators;
import dev.levin.strategies.Strategies;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.trainer.profiler.SimpleProfiler;
import dev.levin.type.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks of the reference's table 1.24 with what their messages must name, faults, and seeds. */
class ChecksTest {
    @TempDir
    Path dir;

    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).numSanityValSteps(0);
    }

    private static void fails(Class<? extends Throwable> type, Executable body, String... words) {
        Throwable t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
    }

    /** Has nothing. */
    private static class Bare extends LightningModule<Tensor> {
    }

    @Test
    void v01FitNeedsAStepAndAnOptimizer() {
        fails(MisconfigurationException.class, () -> trainer().build().fit(new Bare(), BoringData.batches()), "Bare", "trainingStep", "configureOptimizers");
        fails(MisconfigurationException.class, () -> trainer().build().fit(new Bare() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return null;
            }
        }, BoringData.batches()), "configureOptimizers");
    }

    @Test
    void v02AndV04DataAndSteps() {
        class NoData extends BoringModel {
            @Override
            public Iterable<Tensor> trainDataloader() {
                return null;
            }
        }
        fails(IllegalArgumentException.class, () -> trainer().build().fit(new NoData()), "fit", "null", "trainDataloader()");
        fails(MisconfigurationException.class, () -> trainer().build().test(new Bare(), BoringData.batches()), "testStep");
        fails(MisconfigurationException.class, () -> trainer().build().validate(new Bare(), BoringData.batches()), "validationStep");
        fails(MisconfigurationException.class, () -> trainer().build().predict(new Bare(), BoringData.batches()).drain(), "forward", "predictStep");
    }

    @Test
    void v03AValidationThatCantRunIsSaid() {
        class TrainOnly extends LightningModule<Tensor> {
            final dev.levin.nn.Linear layer = new dev.levin.nn.Linear(32, 2);

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return layer.forward(batch).mean();
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new dev.levin.optim.SGD(parameters(), 0.1));
            }
        }
        try (LogCapture log = new LogCapture()) {
            trainer().build().fit(new TrainOnly(), BoringData.batches(), BoringData.batches());
            assertTrue(log.warnings().stream().anyMatch(s -> s.contains("no validationStep")), log.warnings().toString());
        }
    }

    @Test
    void v06AndV23WithoutAModel() {
        fails(IllegalStateException.class, () -> trainer().build().test(), "test without a model");
        fails(IllegalStateException.class, () -> trainer().build().saveCheckpoint(dir.resolve("x.ckpt")), "no model");
        fails(IllegalArgumentException.class, () -> trainer().build().fit(null, BoringData.batches()), "model is null");
    }

    @Test
    void v07ManualOptimization() {
        var manual = new BoringModel() {
            {
                automaticOptimization(false);
            }
        };
        fails(MisconfigurationException.class, () -> trainer().gradientClipVal(1).build().fit(manual), "gradient_clip_val");
        fails(MisconfigurationException.class, () -> trainer().accumulateGradBatches(2).build().fit(manual), "accumulate_grad_batches");
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                manualBackward(super.trainingStep(batch, i));
                return null;
            }
        }), "manualBackward", "automaticOptimization(false)");
    }

    @Test
    void v12ToV14Flags() {
        fails(MisconfigurationException.class, () -> trainer().maxEpochs(-2), "max_epochs", "-2");
        fails(MisconfigurationException.class, () -> trainer().maxSteps(-2), "max_steps", "-2");
        fails(MisconfigurationException.class, () -> trainer().enableCheckpointing(false).callbacks(new SavingCallback(dir)).build(), "enable_checkpointing");
        class Bar implements ProgressBar {
            @Override
            public void print(String line) {
                throw new AssertionError();
            }
        }
        fails(MisconfigurationException.class, () -> trainer().enableProgressBar(false).callbacks(new Bar()).build(), "enable_progress_bar");
        fails(MisconfigurationException.class, () -> trainer().callbacks(new Bar(), new Bar()).build(), "2 progress bars");
    }

    @Test
    void case92Barebones() {
        Map<String, TrainerBuilder> forbidden = new LinkedHashMap<>();
        forbidden.put("enable_checkpointing", trainer().enableCheckpointing(true));
        forbidden.put("logger", trainer().logger(true));
        forbidden.put("enable_progress_bar", trainer().enableProgressBar(true));
        forbidden.put("enable_model_summary", trainer().enableModelSummary(true));
        forbidden.put("fast_dev_run", trainer().fastDevRun(1));
        forbidden.put("detect_anomaly", trainer().detectAnomaly(true));
        forbidden.put("profiler", trainer().profiler("simple"));
        forbidden.forEach((flag, b) -> fails(IllegalArgumentException.class, () -> b.barebones(true).build(), flag, "barebones"));
        try (LogCapture log = new LogCapture()) {
            Trainer t = Trainer.builder().accelerator("cpu").barebones(true).maxEpochs(1).limitTrainBatches(2).build();
            t.fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    log("x", 1);
                    return super.trainingStep(batch, i);
                }
            });
            assertTrue(t.callbackMetrics().isEmpty());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("barebones")).count());
        }
    }

    @Test
    void v15LoaderIndex() {
        class Two extends BoringModel {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                validationStep(batch, i, loader);
                return null;
            }
        }
        class WithIndex extends Bare {
            @Override
            public void validationStep(Tensor batch, int i, int loader) {
                log("x", loader);
            }
        }
        class WithoutIndex extends Bare {
            @Override
            public void validationStep(Tensor batch, int i) {
                log("x", i);
            }
        }
        Loaders<Tensor> two = Loaders.list(List.of(BoringData.batches(), BoringData.batches()));
        fails(IllegalStateException.class, () -> trainer().build().validate(new WithoutIndex(), two, CheckpointChoice.CURRENT), "2 loaders", "loader");
        fails(IllegalStateException.class, () -> trainer().build().validate(new WithIndex(), BoringData.batches()), "one loader");
        assertEquals(2, trainer().build().validate(new WithIndex(), two, CheckpointChoice.CURRENT).perLoader().size());
        assertEquals(1, trainer().build().validate(new WithoutIndex(), BoringData.batches()).perLoader().size());
        assertEquals(1, trainer().build().validate(new Two(), BoringData.batches()).perLoader().size());
    }

    /** State under the name it is given. */
    private record Stateful(String stateKey) implements Callback {
        @Override
        public Map<String, Object> stateDict() {
            return Map.of("a", 1);
        }
    }

    @Test
    void v16AndCase94Callbacks() {
        fails(IllegalStateException.class, () -> trainer().callbacks(new Stateful("k"), new Stateful("k")).build().fit(new BoringModel()), "'k'");
        trainer().callbacks(new Stateful("k"), new Stateful("l")).build().fit(new BoringModel());
        List<Callback> arranged = CallbackOrder.arrange(List.of(new SavingCallback(dir), new Stateful("a"), new StopOnce()), List.of(new Stateful("b")));
        assertEquals(List.of("StopOnce", "Stateful", "SavingCallback"), arranged.stream().map(c -> c.getClass().getSimpleName()).toList());
        assertEquals("b", arranged.get(1).stateKey());
    }

    private static final class StopOnce implements EarlyStop {
        @Override
        public String stoppingReason() {
            return "";
        }
    }

    @Test
    void v20TheBestCheckpointWhereThereIsNone() {
        BoringModel m = new BoringModel();
        Trainer t = trainer().build();
        t.fit(m);
        fails(IllegalArgumentException.class, () -> t.test(m, Loaders.of(BoringData.batches()), CheckpointChoice.BEST), "no checkpoint callback");
        Trainer u = trainer().callbacks(new SavingCallback(dir.resolve("b.ckpt"))).build();
        fails(IllegalArgumentException.class, () -> u.test(m, Loaders.of(BoringData.batches()), CheckpointChoice.BEST), "none was saved");
        Trainer f = trainer().fastDevRun(1).callbacks(new SavingCallback(dir.resolve("c.ckpt"))).build();
        fails(IllegalArgumentException.class, () -> f.test(m, Loaders.of(BoringData.batches()), CheckpointChoice.BEST), "fast_dev_run");
    }

    // ---- precision and places -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"32, 32-true", "64, 64-true", "16, 16-mixed", "bf16, bf16-mixed", "32-true, 32-true", "64-true, 64-true", "bf16-true, bf16-true",
        "16-true, 16-true", "16-mixed, 16-mixed", "bf16-mixed, bf16-mixed"})
    void x01PrecisionNames(String name, String full) {
        assertEquals(full, Precision.of(name).name());
    }

    @Test
    void x01AnUnknownPrecisionListsThoseThereAre() {
        fails(IllegalArgumentException.class, () -> trainer().precision("bf61"), "bf61", "bf16-mixed", "64-true");
    }

    @ParameterizedTest
    @CsvSource({"64-true, F64, F64", "bf16-true, BF16, BF16", "16-true, F16, F16", "32-true, F32, F32", "bf16-mixed, F32, BF16", "16-mixed, F32, F16"})
    void x03DtypesOfParametersAndComputation(String precision, DType parameter, DType output) {
        DType[] seen = new DType[2];
        trainer().precision(Precision.of(precision)).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor y = forward(batch);
                seen[0] = layer.weight.dtype();
                seen[1] = y.dtype();
                return loss(y);
            }
        });
        assertEquals(List.of(parameter, output), List.of(seen));
    }

    @Test
    void v18Accelerators() {
        fails(IllegalArgumentException.class, () -> Accelerators.resolve("tpu", "auto", 1), "tpu", "[auto, cpu, cuda, gpu]");
        for (String d : new String[] {"0", "[]", "x", "-3"}) {
            fails(IllegalArgumentException.class, () -> Accelerators.resolve("cpu", d, 1), "devices='" + d + "'");
        }
        fails(IllegalArgumentException.class, () -> Accelerators.resolve("cpu", "1", 0), "num_nodes");
        fails(IllegalArgumentException.class, () -> Strategies.of("dp", Accelerators.resolve("cpu", "1", 1)), "dp", "single_device");
        assertEquals("single_device", Strategies.of("auto", Accelerators.resolve("cpu", "auto", 1)).name());
        if (Accelerators.whyNotCuda() != null) {
            fails(IllegalStateException.class, () -> trainer().accelerator("cuda").build(), "cuda", Accelerators.whyNotCuda(), "[cpu]");
        }
    }

    // ---- faults -------------------------------------------------------------------------------------------------------------

    private static final class Boom extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void case69OneOnExceptionPerFailingStageAndTeardownAlways() {
        List<String> calls = new ArrayList<>();
        List<Logger.Status> finals = new ArrayList<>();
        Logger logger = new Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
                throw new AssertionError();
            }

            @Override
            public void finalizeRun(Status status) {
                finals.add(status);
            }
        };
        class Failing extends BoringModel {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                throw new Boom();
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                throw new Boom();
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                throw new Boom();
            }

            @Override
            public Object predictStep(Tensor batch, int i) {
                throw new Boom();
            }

            @Override
            public void teardown(Stage stage) {
                calls.add("teardown " + stage.key());
            }

            @Override
            public void onFitEnd() {
                calls.add("onFitEnd");
            }
        }
        Trainer t = Trainer.builder().accelerator("cpu").maxEpochs(1).logger(logger).numSanityValSteps(0).callbacks(new Callback() {
            @Override
            public void onException(Trainer trainer, LightningModule<?> module, Throwable e) {
                calls.add("exception " + (e instanceof Boom));
            }
        }).build();
        Failing m = new Failing();
        assertThrows(Boom.class, () -> t.fit(m));
        assertSame(Status.INTERRUPTED, t.status());
        assertThrows(Boom.class, () -> t.validate(m));
        assertThrows(Boom.class, () -> t.test(m));
        assertThrows(Boom.class, () -> t.predict(m).drain());
        assertEquals(List.of("exception true", "teardown fit", "exception true", "teardown validate", "exception true", "teardown test",
                "exception true", "teardown predict"), calls);
        assertEquals(List.of(Logger.Status.FAILED, Logger.Status.FAILED, Logger.Status.FAILED, Logger.Status.FAILED), finals);
    }

    @Test
    void aNonFiniteLossIsSaidOnceAndStoppedAtOnRequest() {
        class Nan extends BoringModel {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return super.trainingStep(batch, i).mul(Double.NaN);
            }
        }
        try (LogCapture log = new LogCapture()) {
            FitResult r = trainer().build().fit(new Nan());
            assertTrue(r.nonFiniteLossStep().isPresent());
            List<String> said = log.warnings().stream().filter(s -> s.contains("training loss is NaN")).toList();
            assertEquals(1, said.size());
            assertTrue(said.getFirst().contains("learning rate") && said.getFirst().contains("detect_anomaly"), said.toString());
        }
        fails(ArithmeticException.class, () -> trainer().detectAnomaly(true).build().fit(new Nan()), "batch 0", "layer.weight");
    }

    // ---- seeds --------------------------------------------------------------------------------------------------------------

    @Test
    void case71Seeds() {
        assertEquals(2020, Seeds.fromText("2020"));
        try (LogCapture log = new LogCapture()) {
            assertEquals(0, Seeds.fromText(null));
            assertEquals(1, log.warnings().size());
        }
        for (long bad : new long[] {-1, 1L << 32, 10_000_000_000L}) {
            fails(IllegalArgumentException.class, () -> Seeds.everything(bad), Long.toString(bad));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void case71TheSanityCheckLeavesTheRandomNumbersAlone(int sanity) {
        List<Double> drawn = new ArrayList<>();
        for (int steps : new int[] {0, sanity}) {
            Trainer.seedEverything(5);
            trainer().numSanityValSteps(steps).limitValBatches(2).checkValEveryNEpoch(5).build().fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    drawn.add(Tensor.rand(1).item());
                    return super.trainingStep(batch, i);
                }

                @Override
                public Object validationStepOutput(Tensor batch, int i, int loader) {
                    return Tensor.rand(1);
                }
            });
        }
        assertEquals(drawn.subList(0, 2), drawn.subList(2, 4));
    }

    // ---- others -------------------------------------------------------------------------------------------------------------

    @Test
    void theSimpleProfilerCountsHooksAndFetches() {
        long[] now = {0};
        var profiler = new SimpleProfiler(() -> now[0] += 1_000_000);
        trainer().profiler(profiler).callbacks(new Stateful("s") ).build().fit(new BoringModel());
        assertEquals(2, profiler.calls("[LightningModule]BoringModel.trainingStep"));
        assertEquals(2, profiler.calls("[TrainingEpochLoop].train_dataloader_next"));
        assertEquals(0.001, profiler.seconds("[LightningModule]BoringModel.onTrainStart"), 1e-9);
        assertTrue(profiler.report().contains("run_training_batch"), profiler.report());
    }

    @Test
    void combinedLoadersOfThreeAndFourBatches() {
        Map<String, List<Integer>> two = new LinkedHashMap<>();
        two.put("a", List.of(1, 2, 3));
        two.put("b", List.of(10, 20, 30, 40));
        Map<CombinedLoader.Mode, List<String>> expected = Map.of(
                CombinedLoader.Mode.MIN_SIZE, List.of("{a=1, b=10}", "{a=2, b=20}", "{a=3, b=30}"),
                CombinedLoader.Mode.MAX_SIZE_CYCLE, List.of("{a=1, b=10}", "{a=2, b=20}", "{a=3, b=30}", "{a=1, b=40}"),
                CombinedLoader.Mode.MAX_SIZE, List.of("{a=1, b=10}", "{a=2, b=20}", "{a=3, b=30}", "{a=null, b=40}"));
        expected.forEach((mode, items) -> {
            var loader = new CombinedLoader<Integer>(two, mode);
            assertEquals(items.size(), loader.length());
            List<String> seen = new ArrayList<>();
            loader.forEach(i -> seen.add(i.toString()));
            assertEquals(items, seen);
            for (int at = 0; at < items.size(); at++) {
                var it = loader.iterator();
                for (int i = 0; i < at; i++) {
                    it.next();
                }
                Map<String, Object> state = loader.stateDict();
                var resumed = new CombinedLoader<Integer>(two, mode);
                resumed.loadStateDict(state);
                List<String> rest = new ArrayList<>();
                resumed.iterator().forEachRemaining(i -> rest.add(i.toString()));
                assertEquals(items.subList(at, items.size()), rest, mode + " after " + at);
            }
        });
        fails(IllegalArgumentException.class, () -> CombinedLoader.Mode.parse("sequential"), "sequential", "min_size", "Loaders");
    }

    @Test
    void predictionsAreReadOnceAndMayEndEarly() {
        List<String> calls = new ArrayList<>();
        var m = new BoringModel() {
            @Override
            public Object predictStep(Tensor batch, int i) {
                calls.add("step");
                assertFalse(dev.levin.tensor.Grad.isOn());
                return super.predictStep(batch, i);
            }

            @Override
            public void teardown(Stage stage) {
                calls.add("teardown");
            }
        };
        try (Predictions p = trainer().build().predict(m)) {
            assertEquals(List.of(), calls);
            assertEquals("[1, 2]", ((Tensor) p.iterator().next().output()).shape().toString());
        }
        assertEquals(List.of("step", "teardown"), calls);
        assertEquals(List.of(2, 2), trainer().limitPredictBatches(2).build().predict(new BoringModel(),
                Loaders.list(List.of(BoringData.batches(), BoringData.batches())), CheckpointChoice.CURRENT).toLists().stream().map(List::size).toList());
    }

    @Test
    void frozenModesAreGivenBackAfterValidation() {
        List<Boolean> modes = new ArrayList<>();
        trainer().maxEpochs(2).build().fit(new BoringModel() {
            final dev.levin.nn.Dropout frozen = new dev.levin.nn.Dropout(0.5);

            @Override
            public void onTrainStart() {
                frozen.eval();
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                modes.add(frozen.isTraining());
                modes.add(isTraining());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of(false, true), modes.stream().distinct().toList());
    }
}
