package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.optim.SGD;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows V, K, E and R of the reference by their ids: messages, checkpoints of a run, faults, randomness. */
class ErrorRowsTest {
    @TempDir
    Path dir;

    private TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).limitTestBatches(2)
                .numSanityValSteps(0).defaultRootDir(dir);
    }

    private static void fails(Class<? extends Throwable> type, org.junit.jupiter.api.function.Executable body, String... words) {
        Throwable t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
    }

    /** Trains, and that is all. */
    private static class Lone extends LightningModule<Tensor> {
        final dev.levin.nn.Linear layer = new dev.levin.nn.Linear(32, 2);

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            return layer.forward(batch).mean();
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    @Test
    void v02NoLoaderNamesTheEntryPointAndBothWays() {
        fails(IllegalArgumentException.class, () -> trainer().build().fit(new Lone()), "fit", "nothing", "pass a loader", "trainDataloader()");
        class Steps extends Lone {
            @Override
            public void validationStep(Tensor batch, int i) {
                layer.forward(batch);
            }

            @Override
            public void testStep(Tensor batch, int i) {
                layer.forward(batch);
            }

            @Override
            public Tensor forward(Tensor x) {
                return layer.forward(x);
            }
        }
        fails(IllegalArgumentException.class, () -> trainer().build().validate(new Steps()), "validate", "valDataloader()");
        fails(IllegalArgumentException.class, () -> trainer().build().test(new Steps()), "test", "testDataloader()");
        fails(IllegalArgumentException.class, () -> trainer().build().predict(new Steps()).drain(), "predict", "predictDataloader()");
    }

    @Test
    void v03AValidationStepWithoutDataIsSaid() {
        try (LogCapture log = new LogCapture()) {
            trainer().build().fit(new Lone() {
                @Override
                public void validationStep(Tensor batch, int i) {
                    layer.forward(batch);
                }
            }, BoringData.batches());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("validationStep but no validation data")).count());
        }
    }

    @ParameterizedTest
    @CsvSource({"trainingEpochEnd, onTrainEpochEnd", "validationEpochEnd, onValidationEpochEnd", "testEpochEnd, onTestEpochEnd"})
    void v08HooksOfLightningOneAreRefusedWithTheirReplacement(String old, String now) {
        Map<String, LightningModule<Tensor>> models = Map.of("trainingEpochEnd", new BoringModel() {
            @SuppressWarnings("unused")
            public void trainingEpochEnd(List<Object> outputs) {
            }
        }, "validationEpochEnd", new BoringModel() {
            @SuppressWarnings("unused")
            void validationEpochEnd(List<Object> outputs) {
            }
        }, "testEpochEnd", new BoringModel() {
            @SuppressWarnings("unused")
            protected void testEpochEnd(List<Object> outputs) {
            }
        });
        fails(UnsupportedOperationException.class, () -> trainer().build().fit(models.get(old)), old + "(outputs)", now + "()");
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "val", "test", "predict"})
    void v09FractionsThatGiveNothingNameTheSmallest(String which) {
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1);
        org.junit.jupiter.api.function.Executable run = switch (which) {
            case "train" -> () -> b.limitTrainBatches(0.01).build().fit(new BoringModel());
            case "val" -> () -> b.limitValBatches(0.01).build().validate(new BoringModel());
            case "test" -> () -> b.limitTestBatches(0.01).build().test(new BoringModel());
            default -> () -> b.limitPredictBatches(0.01).build().predict(new BoringModel()).drain();
        };
        fails(MisconfigurationException.class, run, "limit_" + which + "_batches=0.01", "64 batches", Double.toString(1 / 64.0));
    }

    @Test
    void v15LoaderIndexInTestAndPrediction() {
        class OneIndex extends Lone {
            @Override
            public void testStep(Tensor batch, int i) {
                layer.forward(batch);
            }

            @Override
            public Object predictStep(Tensor batch, int i) {
                return layer.forward(batch);
            }
        }
        Loaders<Tensor> two = Loaders.list(List.of(BoringData.batches(), BoringData.batches()));
        fails(IllegalStateException.class, () -> trainer().build().test(new OneIndex(), two, CheckpointChoice.CURRENT), "testStep", "2 loaders");
        fails(IllegalStateException.class, () -> trainer().build().predict(new OneIndex(), two, CheckpointChoice.CURRENT).drain(), "predictStep", "2 loaders");
    }

    @Test
    void v17TheKeysThereAreAreListed() {
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("there", 1);
                return super.trainingStep(batch, i);
            }

            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new dev.levin.optim.ReduceLROnPlateau(sgd)).monitor("missing"));
            }
        }), "'missing'", "[there]");
    }

    @Test
    void v20v23FilesAndModelsThatAreNotThere() {
        fails(CheckpointException.class, () -> trainer().build().test(new BoringModel(), Loaders.of(BoringData.batches()),
                CheckpointChoice.parse(dir.resolve("gone.ckpt").toString())), "gone.ckpt");
        fails(IllegalArgumentException.class, () -> trainer().build().fit(new BoringModel(), Resume.from("hpc")), "hpc_ckpt_N.ckpt");
        fails(IllegalArgumentException.class, () -> trainer().build().fit(new BoringModel(), Resume.BEST), "no checkpoint callback");
    }

    @Test
    void v25TheClosureCanBeRunWithoutTheOptimizer() {
        Trainer t = trainer().build();
        t.fit(new BoringModel() {
            @Override
            public void optimizerStep(int epoch, int i, dev.levin.optim.Optimizer o, java.util.function.Supplier<Tensor> closure) {
                closure.get();
            }
        });
        assertEquals(2, t.globalStep());
    }

    // ---- checkpoints ----------------------------------------------------------------------------------------------------------------

    @Test
    void k01k02k04k05k07k11WhatACheckpointHolds() {
        Path file = dir.resolve("k.ckpt");
        Trainer t = trainer().maxEpochs(2).callbacks(new Callback() {
            @Override
            public void onSaveCheckpoint(Trainer trainer, LightningModule<?> module, Map<String, Object> checkpoint) {
                checkpoint.put("from_callback", 1);
            }

            @Override
            public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
                if (trainer.currentEpoch() == 0) {
                    trainer.saveCheckpoint(file);
                }
            }
        }).build();
        t.fit(new BoringModel() {
            @Override
            public void onSaveCheckpoint(Map<String, Object> checkpoint) {
                checkpoint.put("from_module", List.of("a", 2));
            }
        });
        Checkpoint c = Checkpoint.read(file);
        assertEquals(0, c.epoch());
        assertEquals(2, c.globalStep());
        assertEquals(java.util.Set.of("layer.weight", "layer.bias"), c.stateDict().keySet());
        assertEquals(1, ((Number) c.content().get("from_callback")).intValue());
        assertEquals(List.of("a", 2), c.content().get("from_module"));
        assertTrue(c.content().keySet().containsAll(List.of("callbacks", "optimizer_states", "lr_schedulers", "loops", "levin_version")));
        assertEquals(1, ((List<?>) c.content().get("optimizer_states")).size());
        Map<?, ?> loop = (Map<?, ?>) ((Map<?, ?>) c.content().get("loops")).get("fit_loop");
        assertEquals("EPOCH_END", loop.get("position"));
        assertEquals(2, ((Number) loop.get("batch")).intValue());
    }

    @Test
    void case63k22PropertiesAreRestoredInFitAndStayZeroElsewhere() {
        Path file = dir.resolve("end.ckpt");
        Trainer first = trainer().maxEpochs(3).limitTrainBatches(5).limitValBatches(0).callbacks(new SavingCallback(file)).build();
        BoringModel trained = new BoringModel();
        first.fit(trained);
        Checkpoint c = Checkpoint.read(file);
        assertEquals(List.of(2L, 15L), List.of((long) c.epoch(), c.globalStep()));
        double lr = first.rawOptimizers().getFirst().paramGroups().getFirst().lr();
        List<Object> seen = new ArrayList<>();
        Trainer second = trainer().maxEpochs(4).limitTrainBatches(5).limitValBatches(0).build();
        second.fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                seen.addAll(List.of((long) currentEpoch(), globalStep(), trainer().rawOptimizers().getFirst().paramGroups().getFirst().lr(),
                        trainer().schedulerConfigs().getFirst().scheduler().lastEpoch()));
            }
        }, Resume.from(file));
        assertEquals(3L, seen.get(0), "the file's epoch + 1");
        assertEquals(15L, seen.get(1));
        assertEquals(lr, (Double) seen.get(2), 1e-15);
        assertEquals(3L, seen.get(3));
        assertEquals(20, second.globalStep());
        for (Stage stage : List.of(Stage.VALIDATE, Stage.TEST, Stage.PREDICT)) {
            List<Long> counters = new ArrayList<>();
            BoringModel m = new BoringModel() {
                private Object look() {
                    counters.add(globalStep());
                    counters.add((long) currentEpoch());
                    return null;
                }

                @Override
                public Object validationStepOutput(Tensor batch, int i, int loader) {
                    return look();
                }

                @Override
                public Object testStepOutput(Tensor batch, int i, int loader) {
                    return look();
                }

                @Override
                public Object predictStep(Tensor batch, int i) {
                    return look();
                }
            };
            Loaders<Tensor> one = Loaders.of(BoringData.batches(1, 1, 32, 1));
            Trainer t = trainer().build();
            switch (stage) {
                case VALIDATE -> t.validate(m, one, CheckpointChoice.file(file));
                case TEST -> t.test(m, one, CheckpointChoice.file(file));
                default -> t.predict(m, one, CheckpointChoice.file(file)).drain();
            }
            assertEquals(List.of(0L, 0L), counters, stage.key());
            assertArrayEquals(trained.stateDict().get("layer.weight").toFloats(), m.stateDict().get("layer.weight").toFloats());
        }
    }

    @Test
    void k20LastIsTheNewestFileAndWithoutOneTrainingStartsFresh() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Trainer t = trainer().build();
            t.fit(new BoringModel(), Resume.LAST);
            assertEquals(2, t.globalStep());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("last checkpoint was asked for, but there is none")).count());
        }
        Path folder = Files.createDirectories(dir.resolve("checkpoints"));
        Trainer t = trainer().build();
        t.fit(new BoringModel());
        Path file = folder.resolve("interrupted.ckpt");
        t.saveCheckpoint(file);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        Trainer u = trainer().maxEpochs(3).build();
        u.fit(new BoringModel(), Resume.LAST);
        assertEquals(file, u.ckptPath().orElseThrow());
        assertEquals(6, u.globalStep());
    }

    @Test
    void k23AFileOfTheLastEpochHasNothingLeftToDo() {
        Path file = dir.resolve("done.ckpt");
        trainer().maxEpochs(2).callbacks(new SavingCallback(file)).build().fit(new BoringModel());
        int[] steps = new int[1];
        Trainer t = trainer().maxEpochs(2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                steps[0]++;
                return super.trainingStep(batch, i);
            }
        }, Resume.from(file));
        assertEquals(0, steps[0]);
    }

    @Test
    void k25NoSanityCheckOnResume() {
        Path file = dir.resolve("s.ckpt");
        trainer().callbacks(new SavingCallback(file)).build().fit(new BoringModel());
        List<String> calls = new ArrayList<>();
        trainer().maxEpochs(2).numSanityValSteps(2).build().fit(new BoringModel() {
            @Override
            public void onValidationStart() {
                calls.add(trainer().isSanityChecking() ? "sanity" : "val");
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                calls.add("train");
                return super.trainingStep(batch, i);
            }
        }, Resume.from(file));
        assertEquals(List.of("train", "train", "val"), calls);
    }

    // ---- faults -------------------------------------------------------------------------------------------------------------------

    @Test
    void e01ARequestToStopGivesBackAResultAndRunsTheCleanUp() {
        List<String> calls = new ArrayList<>();
        Logger logger = new Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public void finalizeRun(Status status) {
                calls.add("logger " + status);
            }
        };
        Trainer t = trainer().limitTrainBatches(5).logger(logger).logEveryNSteps(1).callbacks(new Callback() {
            @Override
            public void onException(Trainer trainer, LightningModule<?> module, Throwable e) {
                calls.add(e.getClass().getSimpleName());
            }

            @Override
            public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
                calls.add("teardown");
            }

            @Override
            public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
                calls.add("train end");
            }

            @Override
            public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
                if (i == 1) {
                    trainer.interrupt("asked");
                }
            }
        }).build();
        FitResult r = t.fit(new BoringModel());
        assertEquals(List.of("RunInterruptedException", "teardown", "logger INTERRUPTED"), calls);
        assertEquals(Status.INTERRUPTED, r.status());
        assertEquals("asked", r.reason());
        assertEquals(2, r.step());
        assertTrue(t.isInterrupted());
    }

    @Test
    void e03EvaluationStopsAtABatchToo() {
        int[] batches = new int[1];
        Trainer t = trainer().build();
        EvaluationResult r = t.test(new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                batches[0]++;
                trainer().interrupt("SIGTERM");
                return null;
            }
        });
        assertEquals(1, batches[0]);
        assertEquals(Status.INTERRUPTED, r.status());
    }

    @Test
    void e05case70AJobIsSavedAndPutBackIntoTheQueue() throws Exception {
        List<List<String>> commands = new ArrayList<>();
        record Case(Map<String, String> environment, String id) {}
        List<Case> cases = List.of(new Case(Map.of("SLURM_NTASKS", "1", "SLURM_JOB_ID", "12345"), "12345"),
                new Case(Map.of("SLURM_NTASKS", "1", "SLURM_JOB_ID", "99", "SLURM_ARRAY_JOB_ID", "12345", "SLURM_ARRAY_TASK_ID", "2"), "12345_2"));
        int n = 0;
        for (Case c : cases) {
            n++;
            Trainer t = trainer().maxEpochs(3).limitTrainBatches(3).callbacks(new Callback() {
                @Override
                public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
                    if (i == 1) {
                        trainer.interrupt("SIGUSR1");
                    }
                }
            }).build();
            t.options().slurm = new Slurm(c.environment, commands::add);
            FitResult r = t.fit(new BoringModel());
            assertEquals(Status.INTERRUPTED, r.status());
            assertEquals(dir.resolve("hpc_ckpt_" + n + ".ckpt"), r.checkpoint().orElseThrow());
            assertEquals(List.of("scontrol", "requeue", c.id), commands.getLast());
        }
        assertEquals(2, commands.size());
    }

    @Test
    void k21e05TheNextJobGoesOnByItself() {
        Trainer t = trainer().limitTrainBatches(3).build();
        t.fit(new BoringModel());
        t.saveCheckpoint(dir.resolve("hpc_ckpt_2.ckpt"));
        Trainer old = trainer().limitTrainBatches(1).build();
        old.fit(new BoringModel());
        old.saveCheckpoint(dir.resolve("hpc_ckpt_1.ckpt"));
        Trainer job = trainer().maxEpochs(2).limitTrainBatches(3).build();
        job.options().slurm = new Slurm(Map.of("SLURM_NTASKS", "1", "SLURM_JOB_ID", "1"), c -> { });
        job.fit(new BoringModel());
        assertEquals(dir.resolve("hpc_ckpt_2.ckpt"), job.ckptPath().orElseThrow());
        assertEquals(6, job.globalStep());
        Trainer shell = trainer().maxEpochs(2).limitTrainBatches(3).build();
        shell.options().slurm = new Slurm(Map.of("SLURM_NTASKS", "1", "SLURM_JOB_ID", "1", "SLURM_JOB_NAME", "bash"), c -> { });
        shell.fit(new BoringModel());
        assertTrue(shell.ckptPath().isEmpty());
        Trainer asked = trainer().maxEpochs(2).limitTrainBatches(3).build();
        asked.fit(new BoringModel(), Resume.from("hpc"));
        assertEquals(6, asked.globalStep());
    }

    // ---- randomness ---------------------------------------------------------------------------------------------------------------

    @Test
    void case71r03ReseedingGivesTheSameBatchesAndSeedingOnceDoesNot() {
        List<List<Double>> runs = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            if (k != 3) {
                Trainer.seedEverything(7);
            }
            List<Double> drawn = new ArrayList<>();
            trainer().numSanityValSteps(k == 1 ? 0 : 2).build().fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    drawn.add(Tensor.rand(1).item());
                    return super.trainingStep(batch, i);
                }
            });
            runs.add(drawn);
        }
        assertEquals(runs.get(0), runs.get(1));
        assertEquals(runs.get(0), runs.get(2));
        assertFalse(runs.get(2).equals(runs.get(3)));
    }

    @Test
    void r01SeedsComeFromTheArgumentOrTheEnvironment() {
        assertEquals(42, Trainer.seedEverything(42));
        assertEquals(7, Seeds.fromText(" 7 "));
        fails(IllegalArgumentException.class, () -> Seeds.fromText("many"), "many", "4294967295");
        long[] a = Generator.global().state();
        Trainer.seedEverything(42);
        Tensor.rand(3).toFloats();
        Trainer.seedEverything(7);
        assertArrayEquals(a, Generator.global().state());
    }

    @Test
    void r04IsolatedCodeLeavesNoTrace() {
        Trainer.seedEverything(1);
        long[] before = Generator.global().state();
        RunSequence.isolatingRandomness(() -> Tensor.rand(5).toFloats());
        assertArrayEquals(before, Generator.global().state());
        assertThrows(IllegalStateException.class, () -> RunSequence.isolatingRandomness(() -> {
            Tensor.rand(5).toFloats();
            throw new IllegalStateException();
        }));
        assertArrayEquals(before, Generator.global().state());
    }
}
