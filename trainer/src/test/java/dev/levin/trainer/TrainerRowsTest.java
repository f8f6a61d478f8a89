package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.levin.precision.LossScaler;
import dev.levin.precision.MixedPrecision;
import dev.levin.precision.Precision;
import dev.levin.strategies.Accelerators;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of the reference's tables of flags, entry points and the order of a run, by their ids. */
class TrainerRowsTest {
    @TempDir
    Path dir;

    private TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).limitTestBatches(2)
                .limitPredictBatches(2).numSanityValSteps(0).defaultRootDir(dir);
    }

    private static void fails(Class<? extends Throwable> type, org.junit.jupiter.api.function.Executable body, String... words) {
        Throwable t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
    }

    // ---- flags ------------------------------------------------------------------------------------------------------------------

    @Test
    void t01t03t04PlacesAreNamedAndChecked() {
        assertEquals(Device.CPU, trainer().build().strategy().rootDevice());
        assertEquals(List.of(Device.CPU), Accelerators.resolve("cpu", "auto", 1).devices());
        assertEquals(1, Accelerators.resolve("cpu", "-1", 1).devices().size());
        fails(IllegalArgumentException.class, () -> trainer().accelerator("abacus").build(), "abacus", "auto", "cpu", "cuda");
        for (String none : List.of("0", "[]")) {
            fails(IllegalArgumentException.class, () -> trainer().devices(none).build(), none);
        }
        fails(MisconfigurationException.class, () -> trainer().numNodes(0), "num_nodes", "0");
    }

    @Test
    void t01AGpuThatIsNotUsedIsSeenWithoutLoadingCuda() throws Exception {
        Path driver = Files.createFile(dir.resolve("version"));
        assertTrue(Placements.unusedGpu("cpu", driver));
        assertTrue(Placements.unusedGpu("auto", driver));
        assertFalse(Placements.unusedGpu("cuda", driver));
        assertFalse(Placements.unusedGpu("cpu", dir.resolve("none")));
    }

    @Test
    void t06LoggersAreNoneOneOrSeveral() {
        assertTrue(trainer().build().loggers().isEmpty());
        assertInstanceOf(DummyLogger.class, trainer().build().logger());
        List<String> rows = new ArrayList<>();
        Logger a = (m, s) -> rows.add("a" + m);
        Logger b = (m, s) -> rows.add("b" + m);
        Trainer t = trainer().logger(a, b).logEveryNSteps(1).limitTrainBatches(1).limitValBatches(0).build();
        assertSame(a, t.logger());
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("x", 1);
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of("a{x=1.0, epoch=0.0}", "b{x=1.0, epoch=0.0}"), rows);
    }

    @Test
    void t08NegativeIsRefusedAndTrueIsOne() {
        fails(MisconfigurationException.class, () -> trainer().fastDevRun(-1), "fast_dev_run", "-1");
        assertEquals(1, trainer().fastDevRun(true).build().fastDevRun());
        assertEquals(0, trainer().fastDevRun(false).build().fastDevRun());
    }

    @ParameterizedTest
    @CsvSource({"0, -1", "-1, 0", "0, 0"})
    void t09t11ZeroEpochsOrStepsRunNothing(int epochs, int steps) {
        int[] ran = new int[1];
        Trainer t = trainer().maxEpochs(epochs).maxSteps(steps).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                ran[0]++;
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainStart() {
                ran[0]++;
            }
        });
        assertEquals(0, ran[0]);
        assertEquals(0, t.currentEpoch());
    }

    @Test
    void t09WithMaxStepsAloneEpochsAreUnlimited() {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxSteps(5).limitTrainBatches(2).limitValBatches(0).build();
        try (LogCapture log = new LogCapture()) {
            t.fit(new BoringModel());
            assertEquals(List.of(), log.warnings().stream().filter(s -> s.contains("max_epochs")).toList());
        }
        assertEquals(-1, t.maxEpochs());
        assertEquals(5, t.globalStep());
    }

    @Test
    void case17t14WhichOfOneAndOnePointZeroWasUnderstoodIsSaid() {
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("limit_val_batches=1 is one batch", () -> trainer().limitValBatches(1));
        calls.put("limit_val_batches=1.0 is all", () -> trainer().limitValBatches(1.0));
        calls.put("limit_test_batches=1 is one batch", () -> trainer().limitTestBatches(1));
        calls.put("limit_predict_batches=1.0 is all", () -> trainer().limitPredictBatches(1.0));
        calls.put("limit_train_batches=1 is one batch", () -> trainer().limitTrainBatches(1));
        calls.forEach((text, body) -> {
            try (LogCapture log = new LogCapture()) {
                body.run();
                assertEquals(1, log.messages(Level.INFO).stream().filter(s -> s.startsWith(text)).count(), text);
            }
        });
        try (LogCapture log = new LogCapture()) {
            Trainer.builder().accelerator("cpu").logger(false).limitValBatches(5).limitTrainBatches(0.5).build();
            assertEquals(List.of(), log.messages(Level.INFO));
        }
    }

    @Test
    void t14ZeroDoesNotEvenAskForTheLoader() {
        class Refusing extends BoringModel {
            @Override
            public Iterable<Tensor> valDataloader() {
                throw new AssertionError();
            }

            @Override
            public Iterable<Tensor> trainDataloader() {
                throw new AssertionError();
            }
        }
        trainer().limitTrainBatches(0).limitValBatches(0).build().fit(new Refusing());
        assertEquals(List.of(), trainer().limitValBatches(0).build().validate(new Refusing()).perLoader());
    }

    @Test
    void t15OverfitBatchesWinsOverNoValidation() {
        Trainer t = trainer().overfitBatches(3).limitValBatches(0).build();
        Trainer u = trainer().limitValBatches(0).overfitBatches(3).build();
        for (Trainer each : List.of(t, u)) {
            each.fit(new BoringModel());
            assertEquals(3, each.numTrainingBatches());
            assertEquals(List.of(3), each.numValBatches());
        }
        class NoStep extends LightningModule<Tensor> {
            final dev.levin.nn.Linear layer = new dev.levin.nn.Linear(32, 2);

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return layer.forward(batch).mean();
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.none();
            }
        }
        Trainer w = trainer().overfitBatches(1).build();
        w.fit(new NoStep(), BoringData.batches(), BoringData.batches());
        assertEquals(List.of(), w.numValBatches());
    }

    @Test
    void t16t17IntervalsThatMeanNothing() {
        for (org.junit.jupiter.api.function.Executable e : List.<org.junit.jupiter.api.function.Executable>of(() -> trainer().valCheckInterval(-0.1),
                () -> trainer().valCheckInterval(1.1), () -> trainer().valCheckInterval(0), () -> trainer().valCheckInterval("1:2"),
                () -> trainer().valCheckInterval(java.time.Duration.ZERO), () -> trainer().checkValEveryNEpoch(0))) {
            fails(MisconfigurationException.class, e, "");
        }
        fails(MisconfigurationException.class, () -> trainer().numSanityValSteps(-2), "num_sanity_val_steps");
    }

    @ParameterizedTest
    @CsvSource({"0, ''", "1, '0 1 2 3 4 5'", "2, '1 3 5'", "4, '3'", "50, ''"})
    void t19StepRowsEveryNSteps(int every, String expected) {
        List<String> steps = new ArrayList<>();
        try (LogCapture log = new LogCapture()) {
            trainer().logger((m, s) -> steps.add(Long.toString(s))).logEveryNSteps(every).limitTrainBatches(6).limitValBatches(0).build()
                    .fit(new BoringModel() {
                        @Override
                        public Tensor trainingStep(Tensor batch, int i) {
                            log("x", i);
                            return super.trainingStep(batch, i);
                        }
                    });
            assertEquals(expected, String.join(" ", steps));
            assertEquals(every == 50 ? 1 : 0, log.warnings().stream().filter(s -> s.contains("log_every_n_steps=50")).count());
        }
    }

    @Test
    void t19AStopSendsTheLastStep() {
        List<Long> steps = new ArrayList<>();
        trainer().logger((m, s) -> steps.add(s)).logEveryNSteps(50).limitTrainBatches(6).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("x", i);
                if (i == 2) {
                    trainer().requestStop("enough");
                }
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of(2L), steps);
    }

    @Test
    void t23t24t25NumbersOfOptimizationAreChecked() {
        fails(MisconfigurationException.class, () -> trainer().accumulateGradBatches(0), "accumulate_grad_batches");
        for (double off : new double[] {0, -1}) {
            assertEquals(null, trainer().gradientClipVal(off).build().gradientClipVal());
        }
        assertSame(GradientClipping.VALUE, trainer().gradientClipAlgorithm("VALUE").build().gradientClipAlgorithm());
    }

    @Test
    void t26t27KernelsThatDoNotVary() {
        List<float[]> weights = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Trainer.seedEverything(4);
            BoringModel m = new BoringModel();
            trainer().deterministic(i == 0 ? "warn" : "true").benchmark(false).build().fit(m);
            weights.add(m.stateDict().get("layer.weight").toFloats());
        }
        assertTrue(Arrays.equals(weights.get(0), weights.get(1)));
        fails(MisconfigurationException.class, () -> trainer().deterministic("perhaps"), "perhaps", "warn");
        try (LogCapture log = new LogCapture()) {
            trainer().benchmark(true);
            assertTrue(log.messages(Level.INFO).getFirst().contains("benchmark"));
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void t28EvaluationNeverFollowsGradients(boolean inference) {
        List<Boolean> on = new ArrayList<>();
        var m = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                assertTrue(Grad.isOn());
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                return on.add(Grad.isOn() || forward(batch).isGradRequired());
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                return on.add(Grad.isOn());
            }
        };
        Trainer t = trainer().inferenceMode(inference).build();
        t.fit(m);
        t.validate(m);
        t.test(m);
        assertEquals(6, on.size());
        assertFalse(on.contains(true));
    }

    @Test
    void t30UnknownProfilersAreRefused() {
        fails(MisconfigurationException.class, () -> trainer().profiler("stopwatch"), "stopwatch", "simple");
    }

    @Test
    void t33PrecisionIsGivenOnce() {
        fails(MisconfigurationException.class, () -> trainer().precision("64-true").precision(Precision.of("32-true")).build(), "64-true", "object");
    }

    @Test
    void t36TheHomeFolderIsExpanded() {
        assertEquals(Path.of(System.getProperty("user.home"), "runs"), trainer().defaultRootDir("~/runs").build().defaultRootDir());
        assertEquals(Path.of(""), Trainer.builder().accelerator("cpu").logger(false).build().defaultRootDir());
    }

    @Test
    void t37g07HyperParametersGoToTheLoggersUnlessSwitchedOff() {
        for (boolean on : new boolean[] {true, false}) {
            List<Map<String, ?>> sent = new ArrayList<>();
            Logger logger = new Logger() {
                @Override
                public void logMetrics(Map<String, Double> metrics, long step) {
                }

                @Override
                public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
                    sent.add(params);
                }
            };
            trainer().logger(logger).enableAutologHparams(on).build().fit(new BoringModel() {
                {
                    saveHyperparameters(Map.of("lr", 0.1));
                }
            });
            assertEquals(on ? List.of(Map.of("lr", 0.1)) : List.of(), sent);
        }
    }

    // ---- entry points ---------------------------------------------------------------------------------------------------------------

    @Test
    void t50v05NoEntryPointTakesLoadersAndADataModule() {
        int looked = 0;
        for (Method m : Trainer.class.getMethods()) {
            if (List.of("fit", "validate", "test", "predict").contains(m.getName())) {
                List<Class<?>> types = List.of(m.getParameterTypes());
                assertFalse(types.contains(DataModule.class) && (types.contains(Iterable.class) || types.contains(Loaders.class)), m.toString());
                looked++;
            }
        }
        assertTrue(looked > 20);
    }

    @Test
    void t51ResultsAreOneMapPerLoaderAndATableWhenVerbose() {
        List<String> printed = new ArrayList<>();
        class Bar implements ProgressBar {
            @Override
            public void print(String line) {
                printed.add(line);
            }
        }
        var m = new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("loss", loader + 0.5, Log.onStep(), Log.onEpoch());
                log("hidden", 9, Log.noLogger());
                return null;
            }
        };
        Loaders<Tensor> two = Loaders.list(List.of(BoringData.batches(), BoringData.batches()));
        Trainer t = trainer().callbacks(new Bar()).build();
        EvaluationResult r = t.test(m, two, CheckpointChoice.CURRENT);
        assertEquals(List.of(Map.of("loss_epoch/dataloader_idx_0", 0.5), Map.of("loss_epoch/dataloader_idx_1", 1.5)), r.perLoader());
        String[] lines = printed.getFirst().split("\n");
        assertTrue(lines[0].matches("test metric +dataloader_idx_0 +dataloader_idx_1"), lines[0]);
        assertTrue(lines[2].matches("loss_epoch/dataloader_idx_0 +0\\.500000 *"), lines[2]);
        printed.clear();
        t.test(m, two, CheckpointChoice.CURRENT, false);
        assertEquals(List.of(), printed);
    }

    @Test
    void case95t52PredictionsOfOneAndOfSeveralLoaders() {
        var m = new BoringModel() {
            @Override
            public Object predictStep(Tensor batch, int i, int loader) {
                assertFalse(Grad.isOn());
                return loader + "." + i;
            }
        };
        List<Tensor> data = BoringData.batches(3, 1, 32, 1);
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).build();
        Loaders<Tensor> two = Loaders.list(List.of(data, data.subList(0, 2)));
        assertEquals(List.of("0.0", "0.1", "0.2", "1.0", "1.1"), t.predict(m, two, CheckpointChoice.CURRENT).toList());
        assertEquals(List.of(List.of("0.0", "0.1", "0.2"), List.of("1.0", "1.1")), t.predict(m, two, CheckpointChoice.CURRENT).toLists());
        assertEquals(List.of(3, 2), t.numPredictBatches());
        Trainer one = trainer().limitPredictBatches(1).build();
        assertEquals(List.of("0.0", "1.0"), one.predict(m, two, CheckpointChoice.CURRENT).toList());
        one.predict(m, two, CheckpointChoice.CURRENT).drain();
        BoringModel plain = new BoringModel();
        Tensor expected = plain.forward(data.getFirst());
        Tensor got = (Tensor) t.predict(plain, data).toList().getFirst();
        assertTrue(Arrays.equals(expected.toFloats(), got.toFloats()));
        assertFalse(got.isGradRequired());
    }

    @Test
    void t53TheLastModelIsUsedWithItsBestCheckpointAndAWarning() {
        Trainer t = trainer().callbacks(new SavingCallback(dir.resolve("best.ckpt"))).build();
        BoringModel m = new BoringModel();
        t.fit(m);
        float[] trained = m.stateDict().get("layer.weight").toFloats();
        m.stateDict().get("layer.weight").set(Tensor.zeros(2, 32));
        for (Runnable again : List.<Runnable>of(t::test, t::validate, () -> t.predict().drain(), () -> t.test(Loaders.of(BoringData.batches())),
                () -> t.validate(Loaders.of(BoringData.batches())), () -> t.predict(Loaders.of(BoringData.batches())).drain())) {
            try (LogCapture log = new LogCapture()) {
                again.run();
                assertEquals(1, log.warnings().stream().filter(s -> s.contains("best checkpoint of the last fit")).count());
            }
            assertTrue(Arrays.equals(trained, m.stateDict().get("layer.weight").toFloats()));
            m.stateDict().get("layer.weight").set(Tensor.zeros(2, 32));
        }
        assertEquals(dir.resolve("best.ckpt"), t.ckptPath().orElseThrow());
    }

    @Test
    void t55ModelsAreMadeInTheWorkingDtype() {
        BoringModel m = trainer().precision("bf16-true").build().initModule(BoringModel::new);
        assertEquals(DType.BF16, m.dtype());
        assertEquals(Device.CPU, m.device());
    }

    @Test
    void t56StatusStageAndWhatIsGoingOn() {
        List<String> seen = new ArrayList<>();
        class Looking extends BoringModel {
            private void look() {
                Trainer t = trainer();
                seen.add(t.status() + " " + t.stage().key() + (t.isTraining() ? " training" : "") + (t.isSanityChecking() ? " sanity" : "")
                        + (t.isValidating() ? " validating" : "") + (t.isTesting() ? " testing" : "") + (t.isPredicting() ? " predicting" : "")
                        + (t.isInterrupted() ? " interrupted" : ""));
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                look();
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                look();
                return null;
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                look();
                return null;
            }

            @Override
            public Object predictStep(Tensor batch, int i) {
                look();
                return null;
            }
        }
        Trainer t = trainer().limitTrainBatches(1).limitValBatches(1).limitTestBatches(1).limitPredictBatches(1).numSanityValSteps(1).build();
        assertSame(Status.INITIALIZING, t.status());
        Looking m = new Looking();
        t.fit(m);
        t.validate(m);
        t.test(m);
        t.predict(m).drain();
        assertEquals(List.of("RUNNING fit sanity", "RUNNING fit training", "RUNNING fit validating", "RUNNING validate validating", "RUNNING test testing",
                "RUNNING predict predicting"), seen);
        assertSame(Status.FINISHED, t.status());
        assertEquals(null, t.stage());
    }

    @Test
    void t57CountersOfARun() {
        List<Boolean> last = new ArrayList<>();
        Trainer t = trainer().maxEpochs(2).limitTrainBatches(3).limitValBatches(2).build();
        assertEquals(0, t.numTrainingBatches());
        BoringModel m = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                last.add(trainer().isLastBatch());
                return super.trainingStep(batch, i);
            }
        };
        t.fit(m);
        assertEquals(List.of(false, false, true, false, false, true), last);
        assertEquals(List.of(6L, 2L, 3L), List.of(t.globalStep(), (long) t.currentEpoch(), (long) t.numTrainingBatches()));
        assertEquals(List.of(2), t.numValBatches());
        t.test(m);
        assertEquals(List.of(2), t.numTestBatches());
        t.predict(m).drain();
        assertEquals(List.of(2), t.numPredictBatches());
    }

    @Test
    void t61EverythingCanBeAskedFor() {
        class Stop implements EarlyStop {
            @Override
            public String stoppingReason() {
                return "";
            }
        }
        SavingCallback saver = new SavingCallback(dir.resolve("x.ckpt"));
        Stop stop = new Stop();
        List<Tensor> train = BoringData.batches();
        List<Tensor> val = BoringData.batches();
        MixedPrecision scaled = new MixedPrecision(DType.F16, new LossScaler());
        Trainer t = trainer().callbacks(saver, stop, new Stop()).precision(scaled).build();
        BoringModel m = new BoringModel() {
            @Override
            public void onTrainEnd() {
                Trainer u = trainer();
                assertSame(train, u.trainLoader());
                assertEquals(List.of(val), u.valLoaders());
                assertEquals(1, u.rawOptimizers().size());
                assertEquals(1, u.schedulerConfigs().size());
            }
        };
        t.fit(m, train, val);
        assertSame(saver, t.checkpointCallback().orElseThrow());
        assertEquals(List.of(saver), t.checkpointCallbacks());
        assertSame(stop, t.earlyStoppingCallback().orElseThrow());
        assertEquals(2, t.earlyStoppingCallbacks().size());
        assertTrue(t.progressBarCallback().isEmpty());
        assertSame(scaled.scaler(), t.scaler().orElseThrow());
        assertTrue(trainer().build().scaler().isEmpty());
        assertSame(m, t.lightningModule());
        assertEquals(null, t.dataModule());
        assertEquals(List.of(1, 0, 0, 0), List.of(t.worldSize(), t.globalRank(), t.localRank(), t.nodeRank()));
        assertTrue(t.isGlobalZero());
        assertTrue(t.logDir().isEmpty());
        assertTrue(t.interruptRequest().isEmpty());
        assertNotSame(t, t.toBuilder().build());
    }

    @Test
    void x02SixteenMixedOnTheCpuBecomesBfloat16UnlessTheObjectIsGiven() {
        try (LogCapture log = new LogCapture()) {
            assertEquals("bf16-mixed", trainer().precision("16-mixed").build().precision().name());
            assertEquals("bf16-mixed", trainer().precision("16").build().precision().name());
            assertEquals(2, log.warnings().stream().filter(s -> s.contains("bf16-mixed") && s.contains("CPU")).count());
        }
        try (LogCapture log = new LogCapture()) {
            assertEquals("16-mixed", trainer().precision(Precision.of("16-mixed")).build().precision().name());
            assertEquals("bf16-mixed", trainer().precision("bf16-mixed").build().precision().name());
            assertEquals(List.of(), log.warnings());
        }
    }
}
