package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.CheckpointException;
import dev.levin.trainer.CheckpointCallback;
import dev.levin.trainer.EvaluationResult;
import dev.levin.trainer.Log;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Resume;
import dev.levin.trainer.SavedCheckpoint;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCheckpointTest {
    @TempDir
    Path dir;

    private Set<String> files() {
        return files(dir);
    }

    private static Set<String> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> p.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> set(String... names) {
        return new TreeSet<>(Arrays.asList(names));
    }

    /** No validation, two batches an epoch. */
    private TrainerBuilder trainer(ModelCheckpoint... saving) {
        return Runs.saving(dir).callbacks(saving).limitTrainBatches(2).limitValBatches(0);
    }

    private ModelCheckpoint best(String metric, Mode mode, int k) {
        return ModelCheckpoint.monitoring(metric, mode).dirpath(dir).filename("{epoch}").saveTopK(k);
    }

    /** Logs a validation loss of given values, one a run. */
    private static final class Validated extends BoringModel {
        private final double[] values;
        private int run;

        Validated(double... values) {
            this.values = values;
        }

        @Override
        public Object validationStepOutput(Tensor batch, int i, int loader) {
            log("val_loss", values[Math.min(run, values.length - 1)]);
            return null;
        }

        @Override
        public void onValidationEnd() {
            run += trainer().isSanityChecking() ? 0 : 1;
        }
    }

    // ---- what is kept ---------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"-1, 0 1 2 3 4", "1, 4", "2, 2 4", "3, 2 3 4", "4, 1 2 3 4"})
    void case46TopK(int k, String kept) {
        trainer(best("checkpoint_on", Mode.MIN, k)).maxEpochs(5).build().fit(new Runs.Scripted("checkpoint_on", 10, 9, 2.8, 5, 2.5));
        assertEquals(Arrays.stream(kept.split(" ")).map(e -> "epoch=" + e + ".ckpt").collect(Collectors.toCollection(TreeSet::new)), files());
    }

    @Test
    void case46TopOneAndLast() {
        trainer(best("checkpoint_on", Mode.MIN, 1).saveLast()).maxEpochs(5).build().fit(new Runs.Scripted("checkpoint_on", 10, 9, 2.8, 5, 2.5));
        assertEquals(set("epoch=4.ckpt", "last.ckpt"), files());
    }

    @Test
    void case47DefaultBehaviour() {
        List<String> saved = new ArrayList<>();
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public void afterSaveCheckpoint(SavedCheckpoint c) {
                saved.add(c.path().getFileName() + " " + c.epoch() + " " + c.step());
            }
        };
        Trainer t = Runs.saving(dir).logger(logger).maxEpochs(3).limitTrainBatches(5).limitValBatches(5).limitTestBatches(1).build();
        t.fit(new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("test_loss", 1.0);
                return null;
            }
        });
        assertEquals(List.of("epoch=0-step=5.ckpt 0 5", "epoch=1-step=10.ckpt 1 10", "epoch=2-step=15.ckpt 2 15"), saved);
        assertEquals(set("epoch=2-step=15.ckpt"), files(dir.resolve("checkpoints")));
        EvaluationResult r = t.test();
        assertEquals(1, r.perLoader().size());
        assertEquals(Optional.of(dir.resolve("checkpoints/epoch=2-step=15.ckpt").toAbsolutePath()), t.ckptPath());
    }

    @Test
    void case50EveryNTrainSteps() {
        var saver = new ModelCheckpoint().dirpath(dir).filename("{step}").everyNTrainSteps(16).saveTopK(-1);
        Runs.saving(dir).callbacks(saver).limitValBatches(0).maxEpochs(2).build().fit(new BoringModel());
        assertEquals(IntStream.rangeClosed(1, 8).mapToObj(i -> "step=" + 16 * i + ".ckpt").collect(Collectors.toCollection(TreeSet::new)), files());
    }

    @Test
    void case52SaveLastWithoutMonitor() {
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1).saveLast();
        Runs.saving(dir).callbacks(saver).limitTrainBatches(10).limitValBatches(10).maxEpochs(2).build().fit(new BoringModel());
        assertEquals(set("epoch=0-step=10.ckpt", "epoch=1-step=20.ckpt", "last.ckpt"), files());
        assertEquals(Optional.of(dir.resolve("epoch=1-step=20.ckpt")), saver.bestModelPath());
        assertEquals(OptionalDouble.empty(), saver.bestModelScore());
        assertEquals(Map.of(), saver.bestKModels());
        assertEquals(Optional.of(dir.resolve("last.ckpt")), saver.lastModelPath());
    }

    @Test
    void case52TopZeroAndLast() {
        trainer(new ModelCheckpoint().dirpath(dir).saveTopK(0).saveLast()).maxEpochs(2).build().fit(new BoringModel());
        assertEquals(set("last.ckpt"), files());
        assertFalse(Files.isSymbolicLink(dir.resolve("last.ckpt")));
    }

    @Test
    void case52TopAllByEpoch() {
        var saver = best("epoch", Mode.MAX, -1);
        trainer(saver).maxEpochs(3).build().fit(new BoringModel());
        assertEquals(set("epoch=0.ckpt", "epoch=1.ckpt", "epoch=2.ckpt"), files());
        assertEquals("epoch=2.ckpt", saver.bestModelPath().orElseThrow().getFileName().toString());
        assertEquals(OptionalDouble.of(2), saver.bestModelScore());
        assertEquals("epoch=0.ckpt", saver.kthBestModelPath().orElseThrow().getFileName().toString());
        assertEquals(OptionalDouble.of(0), saver.kthValue());
    }

    // ---- names ----------------------------------------------------------------------------------------------------------------

    @Test
    void case53LastIsVersioned() {
        for (int i = 0; i < 2; i++) {
            trainer(new ModelCheckpoint().dirpath(dir).saveTopK(0).saveLast()).maxEpochs(1).build().fit(new BoringModel());
        }
        assertEquals(set("last.ckpt", "last-v1.ckpt"), files());
    }

    @Test
    void case53NewTrainerVersions() {
        for (int i = 0; i < 2; i++) {
            trainer(best("epoch", Mode.MAX, -1)).maxEpochs(2).build().fit(new BoringModel());
        }
        assertEquals(set("epoch=0.ckpt", "epoch=1.ckpt", "epoch=0-v1.ckpt", "epoch=1-v1.ckpt"), files());
    }

    @Test
    void case53SameTrainerVersions() {
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1).filename("test").naming(CheckpointNaming.DEFAULT.withStartingVersion(9));
        Trainer t = trainer(saver).maxEpochs(2).build();
        t.fit(new BoringModel());
        t.maxEpochs(4);
        t.fit(new BoringModel());
        assertEquals(set("test.ckpt", "test-v9.ckpt", "test-v10.ckpt", "test-v11.ckpt"), files());
    }

    @Test
    void case53CounterDisabled() {
        for (int i = 0; i < 2; i++) {
            trainer(best("epoch", Mode.MAX, -1).saveLast().enableVersionCounter(false)).maxEpochs(2).build().fit(new BoringModel());
        }
        assertEquals(set("epoch=0.ckpt", "epoch=1.ckpt", "last.ckpt"), files());
    }

    @Test
    void c14NamesWithASlashAreFolders() {
        var saver = ModelCheckpoint.monitoring("val/acc", Mode.MAX).dirpath(dir).filename("{epoch}-{val/acc:.2f}");
        trainer(saver).maxEpochs(1).build().fit(new Runs.Scripted("val/acc", 0.5));
        assertEquals(set("acc=0.50.ckpt"), files(dir.resolve("epoch=0-val")));
    }

    @Test
    void c16Directory() {
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public Optional<Path> saveDir() {
                return Optional.of(dir.resolve("logs"));
            }

            @Override
            public String name() {
                return "digits";
            }

            @Override
            public String version() {
                return "fold_3";
            }
        };
        var saver = new ModelCheckpoint();
        trainer(saver).logger(logger).maxEpochs(1).build().fit(new BoringModel());
        assertEquals(set("epoch=0-step=2.ckpt"), files(dir.resolve("logs/digits/fold_3/checkpoints")));
        assertEquals(Optional.of(dir.resolve("logs/digits/fold_3/checkpoints").toAbsolutePath()), saver.directory());
        List<String> warnings = Runs.warnings(() -> trainer(new ModelCheckpoint()).logger(logger).maxEpochs(1).build().fit(new BoringModel()));
        assertEquals(1, warnings.stream().filter(w -> w.contains("is not empty")).count(), warnings.toString());
        var home = new ModelCheckpoint().dirpath(Path.of("~/levin-test-checkpoints"));
        home.setup(trainer().build(), new BoringModel(), Stage.TEST);
        assertEquals(Optional.of(Path.of(System.getProperty("user.home"), "levin-test-checkpoints")), home.directory());
    }

    // ---- scores -----------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"MIN, NaN 8 7 5, 5", "MAX, NaN 5 7 8, 8"})
    void case55NanComesFirstAndGoesFirst(Mode mode, String values, double bestScore) {
        List<String> saved = new ArrayList<>();
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public void afterSaveCheckpoint(SavedCheckpoint c) {
                saved.add(c.path().toString());
            }
        };
        var saver = best("abc", mode, 1);
        trainer(saver).logger(logger).maxEpochs(4).build()
                .fit(new Runs.Scripted("abc", Arrays.stream(values.split(" ")).mapToDouble(Double::parseDouble).toArray()));
        assertEquals(4, saved.size());
        assertEquals(OptionalDouble.of(bestScore), saver.bestModelScore());
        assertEquals(OptionalDouble.of(bestScore), saver.currentScore());
        assertEquals(set("epoch=3.ckpt"), files());
    }

    @ParameterizedTest
    @CsvSource({"MIN, Infinity", "MAX, -Infinity"})
    void case55AlwaysNan(Mode mode, double score) {
        var saver = best("abc", mode, 1);
        trainer(saver).maxEpochs(2).build().fit(new Runs.Scripted("abc", Double.NaN));
        assertEquals(OptionalDouble.of(score), saver.bestModelScore());
        assertEquals(OptionalDouble.of(score), saver.currentScore());
        assertEquals(set("epoch=0.ckpt"), files());
    }

    @Test
    void case55CurrentScoreIsInTheFiles() {
        var saver = best("foo", Mode.MIN, 3);
        trainer(saver).maxEpochs(3).build().fit(new Runs.Scripted("foo", 0.1, 0.2, 0.3));
        for (int i = 0; i < 3; i++) {
            Map<?, ?> callbacks = (Map<?, ?>) Checkpoint.read(dir.resolve("epoch=" + i + ".ckpt")).content().get("callbacks");
            assertEquals((i + 1) / 10.0, (Double) ((Map<?, ?>) callbacks.get(saver.stateKey())).get("current_score"), 1e-7);
        }
    }

    // ---- when -------------------------------------------------------------------------------------------------------------------

    @Test
    void case56CheckValEveryNEpochs() {
        var saver = best("val_loss", Mode.MIN, 3);
        Runs.saving(dir).callbacks(saver).limitTrainBatches(2).limitValBatches(1).checkValEveryNEpoch(2).maxEpochs(5).build().fit(new Validated(2, 1));
        assertEquals(set("epoch=1.ckpt", "epoch=3.ckpt"), files());
    }

    @Test
    void case58TimeInterval() {
        var clock = new Runs.Clock();
        List<String> saved = new ArrayList<>();
        var logger = new dev.levin.trainer.Logger() {
            @Override
            public void logMetrics(Map<String, Double> metrics, long step) {
            }

            @Override
            public void afterSaveCheckpoint(SavedCheckpoint c) {
                saved.add(c.path().getFileName().toString());
            }
        };
        var saver = new ModelCheckpoint().dirpath(dir).trainTimeInterval(Duration.ofSeconds(60)).saveTopK(-1);
        Runs.saving(dir).logger(logger).nanoTime(clock).callbacks(saver).limitValBatches(0).maxEpochs(2).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                clock.advance(7);
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(14, saved.size(), saved.toString());
        assertEquals(14, files().size());
    }

    @Test
    void case59FindLast() throws IOException {
        for (String name : List.of("last", "last.ckpt")) {
            Files.createFile(dir.resolve(name));
        }
        var saver = new ModelCheckpoint().dirpath(dir);
        assertEquals(List.of(), saver.findLast());
        saver.setup(trainer().build(), new BoringModel(), Stage.FIT);
        assertEquals(List.of(dir.resolve("last.ckpt")), saver.findLast());
        Files.delete(dir.resolve("last.ckpt"));
        for (String name : List.of("log.txt", "last-v0.ckpt", "last-v1.ckpt")) {
            Files.createFile(dir.resolve(name));
        }
        assertEquals(Set.of(dir.resolve("last-v0.ckpt"), dir.resolve("last-v1.ckpt")), Set.copyOf(saver.findLast()));
        for (String name : List.of("last.pt", "other.pt")) {
            Files.createFile(dir.resolve(name));
        }
        saver.naming(CheckpointNaming.DEFAULT.withLast("other").withExtension(".pt"));
        assertEquals(List.of(dir.resolve("other.pt")), saver.findLast());
    }

    @Test
    void case60RefitFromTheBestChangesNothing() {
        Trainer t = trainer(new ModelCheckpoint().dirpath(dir).saveTopK(-1).saveLast()).maxEpochs(2).build();
        t.fit(new BoringModel());
        Set<String> before = files();
        for (int i = 0; i < 4; i++) {
            var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1).saveLast();
            trainer(saver).maxEpochs(2).build().fit(new BoringModel(), Resume.from(dir.resolve("epoch=1-step=4.ckpt")));
            assertEquals(before, files());
        }
    }

    @Test
    void case61WeightsOnly() {
        trainer(new ModelCheckpoint().dirpath(dir).saveWeightsOnly(true)).maxEpochs(1).build().fit(new BoringModel());
        Checkpoint c = Checkpoint.read(dir.resolve("epoch=0-step=2.ckpt"));
        assertTrue(c.isWeightsOnly());
        assertFalse(c.content().containsKey("optimizer_states"));
        assertFalse(c.content().containsKey("lr_schedulers"));
        c.loadWeights(new BoringModel(), true);
        var e = assertThrows(CheckpointException.class, () -> trainer(new ModelCheckpoint().dirpath(dir)).maxEpochs(2).build()
                .fit(new BoringModel(), Resume.from(dir.resolve("epoch=0-step=2.ckpt"))));
        assertTrue(e.getMessage().contains("only the model"), e.getMessage());
    }

    @Test
    void c10TriggersExcludeEachOther() {
        for (ModelCheckpoint two : List.of(new ModelCheckpoint().everyNTrainSteps(1).everyNEpochs(1),
                new ModelCheckpoint().everyNEpochs(1).trainTimeInterval(Duration.ZERO), new ModelCheckpoint().everyNTrainSteps(2).trainTimeInterval(Duration.ZERO))) {
            var e = assertThrows(MisconfigurationException.class, () -> trainer(two).maxEpochs(1).build().fit(new BoringModel()));
            assertTrue(e.getMessage().contains("exclude each other"), e.getMessage());
        }
        trainer(new ModelCheckpoint().everyNTrainSteps(0).everyNEpochs(1)).maxEpochs(1).build().fit(new BoringModel());
        assertTrue(assertThrows(MisconfigurationException.class, () -> new ModelCheckpoint().everyNTrainSteps(-1)).getMessage().contains("-1"));
        assertTrue(assertThrows(MisconfigurationException.class, () -> new ModelCheckpoint().everyNEpochs(-2)).getMessage().contains("-2"));
        assertThrows(MisconfigurationException.class, () -> new ModelCheckpoint().trainTimeInterval(Duration.ofSeconds(-1)));
    }

    @Test
    void c10ZeroTurnsATriggerOff() {
        trainer(new ModelCheckpoint().dirpath(dir.resolve("none")).everyNTrainSteps(0)).maxEpochs(2).build().fit(new BoringModel());
        assertFalse(Files.exists(dir.resolve("none")));
    }

    @Test
    void c11TopK() {
        assertTrue(assertThrows(MisconfigurationException.class, () -> new ModelCheckpoint().saveTopK(-2)).getMessage().contains("-2"));
        var e = assertThrows(MisconfigurationException.class, () -> trainer(new ModelCheckpoint().saveTopK(3)).maxEpochs(1).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("save_top_k=3 needs a metric"), e.getMessage());
    }

    @Test
    void c18AfterValidationAndAfterTheModulesEpochEnd() {
        List<String> order = new ArrayList<>();
        var model = new BoringModel() {
            @Override
            public void onValidationEnd() {
                order.add("validation");
            }

            @Override
            public void onTrainEpochEnd() {
                order.add("epoch end");
            }

            @Override
            public void onSaveCheckpoint(Map<String, Object> checkpoint) {
                order.add("save");
            }
        };
        Runs.saving(dir).callbacks(new ModelCheckpoint().dirpath(dir)).limitTrainBatches(2).limitValBatches(1).maxEpochs(1).build().fit(model);
        assertEquals(List.of("validation", "epoch end", "save"), order);
        order.clear();
        Runs.saving(dir).callbacks(new ModelCheckpoint().dirpath(dir)).limitTrainBatches(2).limitValBatches(1).valCheckInterval(0.5).maxEpochs(1).build().fit(model);
        assertEquals(List.of("validation", "save", "validation", "save", "epoch end"), order);
    }

    @Test
    void c19NothingIsSavedInDevelopmentRunsSanityChecksAndOtherStages() {
        var saver = new ModelCheckpoint().dirpath(dir.resolve("none")).everyNTrainSteps(1).saveLast();
        Runs.saving(dir).callbacks(saver).fastDevRun(2).build().fit(new BoringModel());
        Trainer t = Runs.saving(dir).callbacks(saver).numSanityValSteps(2).maxEpochs(1).limitTrainBatches(0).build();
        t.fit(new BoringModel());
        t.validate(new BoringModel());
        t.test(new BoringModel());
        assertFalse(Files.exists(dir.resolve("none")));
    }

    @Test
    void c20StepTriggersWaitForAFreshMetric() {
        // Validation at the end of epochs of 4 steps: 2 and 6 have no new value and wait for 4 and 8, which come with one.
        var saver = ModelCheckpoint.monitoring("val_loss", Mode.MIN).dirpath(dir).filename("{step}-{val_loss:.1f}").everyNTrainSteps(2).saveTopK(5);
        Runs.saving(dir).callbacks(saver).limitTrainBatches(4).limitValBatches(1).maxEpochs(2).build().fit(new Validated(3, 2));
        assertEquals(set("step=4-val_loss=3.0.ckpt", "step=8-val_loss=2.0.ckpt"), files());
    }

    @Test
    void c20StepTriggersWithAMetricOfTraining() {
        var saver = ModelCheckpoint.monitoring("loss", Mode.MIN).dirpath(dir).filename("{step}").everyNTrainSteps(2).saveTopK(-1);
        trainer(saver).limitTrainBatches(4).maxEpochs(1).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("loss", 1.0 / (i + 1), Log.onStep());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(set("step=2.ckpt", "step=4.ckpt"), files());
    }

    @Test
    void c22RemovedFileIsTheWorst() {
        var saver = best("m", Mode.MAX, 2);
        trainer(saver).maxEpochs(4).build().fit(new Runs.Scripted("m", 1, 3, 2, 3));
        // 3 at epoch 3 beats 2, which is then the worst of {3, 2}.
        assertEquals(set("epoch=1.ckpt", "epoch=3.ckpt"), files());
        assertEquals("epoch=1.ckpt", saver.bestModelPath().orElseThrow().getFileName().toString());
        trainer(best("m", Mode.MAX, 1)).maxEpochs(2).build().fit(new Runs.Scripted("m", 3, 3));
        assertTrue(files().contains("epoch=0.ckpt"), "an equal value does not replace: " + files());
    }

    @Test
    void c24MissingMonitorWarnsUntilValidationRan() {
        List<String> warnings = Runs.warnings(() -> trainer(best("nope", Mode.MIN, 1)).maxEpochs(1).build().fit(new Runs.Scripted("foo", 1)));
        assertEquals(1, warnings.stream().filter(w -> w.contains("'nope'") && w.contains("[epoch, foo, step]")).count(), warnings.toString());
        var e = assertThrows(MisconfigurationException.class, () -> Runs.saving(dir).callbacks(best("nope", Mode.MIN, 1)).limitTrainBatches(2).limitValBatches(1)
                .maxEpochs(1).build().fit(new Validated(1)));
        assertTrue(e.getMessage().contains("'nope'") && e.getMessage().contains("val_loss"), e.getMessage());
    }

    @Test
    void c25LastFollowsStepTriggersEvenWhenTheBestDoesNotChange() {
        var saver = ModelCheckpoint.monitoring("loss", Mode.MIN).dirpath(dir).filename("{step}").everyNTrainSteps(1).saveLast();
        trainer(saver).limitTrainBatches(3).maxEpochs(1).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("loss", (double) i, Log.onStep());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(set("step=1.ckpt", "last.ckpt"), files());
        assertEquals(3, Checkpoint.read(dir.resolve("last.ckpt")).globalStep());
    }

    @Test
    void c25LastFollowsEpochTriggersOnlyWithASave() {
        var saver = best("m", Mode.MIN, 1).saveLast();
        trainer(saver).maxEpochs(3).build().fit(new Runs.Scripted("m", 1, 2, 3));
        assertEquals(set("epoch=0.ckpt", "last.ckpt"), files());
        assertEquals(2, Checkpoint.read(dir.resolve("last.ckpt")).globalStep());
    }

    @Test
    void c25LinkPointsToTheNewestFile() throws IOException {
        var saver = best("m", Mode.MIN, 2).saveLast(ModelCheckpoint.SaveLast.LINK);
        trainer(saver).maxEpochs(3).build().fit(new Runs.Scripted("m", 1, 2, 3));
        Path last = dir.resolve("last.ckpt");
        assertTrue(Files.isSymbolicLink(last));
        assertEquals(Path.of("epoch=1.ckpt"), Files.readSymbolicLink(last));
        assertEquals(4, Checkpoint.read(last).globalStep());
    }

    @Test
    void c25TemplateOfLast() {
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(1).saveLast().naming(CheckpointNaming.DEFAULT.withLast("last-{epoch}"));
        trainer(saver).maxEpochs(2).build().fit(new BoringModel());
        assertEquals(set("epoch=1-step=4.ckpt", "last-epoch=1.ckpt"), files());
        assertEquals(List.of(dir.resolve("last-epoch=1.ckpt")), saver.findLast());
    }

    @Test
    void c26TheFileARunWasResumedFromStays() {
        trainer(new ModelCheckpoint().dirpath(dir)).maxEpochs(1).build().fit(new BoringModel());
        Path first = dir.resolve("epoch=0-step=2.ckpt");
        trainer(new ModelCheckpoint().dirpath(dir)).maxEpochs(3).build().fit(new BoringModel(), Resume.from(first));
        assertEquals(set("epoch=0-step=2.ckpt", "epoch=2-step=6.ckpt"), files());
    }

    @Test
    void c27StateComesBackInTheSameFolder() {
        var first = best("m", Mode.MIN, 2);
        trainer(first).maxEpochs(2).build().fit(new Runs.Scripted("m", 3, 2));
        var second = best("m", Mode.MIN, 2);
        trainer(second).maxEpochs(4).build().fit(new Runs.Scripted("m", 0, 0, 4, 1), Resume.from(dir.resolve("epoch=1.ckpt")));
        // 4 is refused by {3, 2}; 1 pushes out 3.
        assertEquals(set("epoch=1.ckpt", "epoch=3.ckpt"), files());
        assertEquals(OptionalDouble.of(1), second.bestModelScore());
    }

    @Test
    void c27AnotherFolderTakesOverTheBestPathOnly() {
        trainer(best("m", Mode.MIN, 2)).maxEpochs(2).build().fit(new Runs.Scripted("m", 3, 2));
        var moved = best("m", Mode.MIN, 2).dirpath(dir.resolve("other"));
        List<String> warnings = Runs.warnings(() -> trainer(moved).maxEpochs(2).build().fit(new Runs.Scripted("m", 3, 2), Resume.from(dir.resolve("epoch=1.ckpt"))));
        assertEquals(1, warnings.stream().filter(w -> w.contains("only the path of the best file")).count(), warnings.toString());
        assertEquals(Optional.of(dir.resolve("epoch=1.ckpt")), moved.bestModelPath());
        assertEquals(OptionalDouble.empty(), moved.bestModelScore());
        assertEquals(Map.of(), moved.bestKModels());
    }

    @Test
    void c28SaveOnException() {
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                if (i == 1 && currentEpoch() == 1) {
                    throw new IllegalStateException("broken");
                }
                return super.trainingStep(batch, i);
            }
        };
        var saver = new ModelCheckpoint().dirpath(dir).saveTopK(-1).saveOnException(true);
        assertEquals("broken", assertThrows(IllegalStateException.class, () -> trainer(saver).maxEpochs(3).build().fit(model)).getMessage());
        assertEquals(set("epoch=0-step=2.ckpt", "epoch=1-step=3.ckpt"), files());
        assertEquals(3, Checkpoint.read(dir.resolve("epoch=1-step=3.ckpt")).globalStep());
    }

    @Test
    void c30Yaml() throws IOException {
        var saver = best("m", Mode.MIN, 2);
        trainer(saver).maxEpochs(2).build().fit(new Runs.Scripted("m", 3, 2));
        saver.toYaml(null);
        assertEquals("'" + dir.resolve("epoch=0.ckpt") + "': 3.0\n'" + dir.resolve("epoch=1.ckpt") + "': 2.0\n", Files.readString(dir.resolve("best_k_models.yaml")));
    }

    @Test
    void c32SeveralSavers() {
        var a = best("m", Mode.MIN, 1);
        var b = best("m", Mode.MAX, 1).filename("max-{epoch}");
        Trainer t = trainer(a, b).maxEpochs(3).build();
        t.fit(new Runs.Scripted("m", 1, 3, 2));
        assertEquals(set("epoch=0.ckpt", "max-epoch=1.ckpt"), files());
        assertEquals(Optional.<CheckpointCallback>of(a), t.checkpointCallback());
        assertEquals("ModelCheckpoint{'monitor': 'm', 'mode': 'min', 'every_n_train_steps': 0, 'every_n_epochs': 1, 'train_time_interval': null}", a.stateKey());
        assertThrows(IllegalStateException.class, () -> trainer(best("m", Mode.MIN, 1), best("m", Mode.MIN, 2)).maxEpochs(1).build()
                .fit(new Runs.Scripted("m", 1)), "two of one key");
    }
}
