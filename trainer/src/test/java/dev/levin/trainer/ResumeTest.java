package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.metrics.MeanSquaredError;
import dev.levin.metrics.MetricCollection;
import dev.levin.metrics.SpearmanCorrCoef;
import dev.levin.nn.Dropout;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Sequential;
import dev.levin.nn.Tanh;
import dev.levin.optim.AdamW;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.StepLR;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that was killed and resumed equals one that was not, bit for bit, wherever it was killed. */
class ResumeTest {
    private static final int BATCHES = 5;
    private static final int EPOCHS = 2;

    @TempDir
    Path dir;

    enum Kind { ADAMW, STEP_SCHEDULE, PLATEAU, PLATEAU_BY_STEP, ACCUMULATION, MID_EPOCH_VALIDATION, FLOAT16, BFLOAT16 }

    /** Dropout, shuffled data, moments, schedules: everything that has a state. */
    private static final class Model extends LightningModule<Batch> {
        final Layer net = new Sequential(new Linear(6, 8), new Tanh(), new Dropout(0.3), new Linear(8, 2));
        private final transient Kind kind;
        final transient List<Double> losses = new ArrayList<>();
        private final transient int killAt;
        private transient int steps;

        Model(Kind kind, int killAt) {
            this.kind = kind;
            this.killAt = killAt;
        }

        @Override
        public Tensor forward(Tensor x) {
            return net.forward(x);
        }

        private Tensor loss(Batch b) {
            Tensor d = forward(b.input()).sub(b.target());
            return d.mul(d).mean();
        }

        @Override
        public Tensor trainingStep(Batch b, int i) {
            Tensor loss = loss(b);
            log("loss", loss, Log.onStep(), Log.onEpoch());
            collected.update(b.input().sum(1), b.target().sum(1));
            logDict(collected.metrics("train_"), Log.onEpoch());
            return loss;
        }

        @Override
        public void validationStep(Batch b, int i) {
            log("val_loss", loss(b));
        }

        @Override
        public void onTrainBatchEnd(Map<String, ?> outputs, Batch b, int i) {
            losses.add(((Tensor) outputs.get("loss")).item());
            if (++steps == killAt) {
                trainer().saveCheckpoint(Path.of(System.getProperty("java.io.tmpdir")).resolve(killFile));
                throw new Killed();
            }
        }

        private transient String killFile = "";
        private final MetricCollection collected = new MetricCollection().with("mse", new MeanSquaredError()).with("rank", new SpearmanCorrCoef());

        @Override
        public void onTrainEpochEnd() {
            losses.add(trainer().callbackMetrics().get("loss_epoch"));
            losses.add(trainer().callbackMetrics().getOrDefault("val_loss", 0.0));
            losses.add(trainer().callbackMetrics().get("train_mse"));
            losses.add(trainer().callbackMetrics().get("train_rank"));
        }

        @Override
        public Optimizers configureOptimizers() {
            Optimizer o = new AdamW(parameters(), 0.05);
            return switch (kind) {
                case STEP_SCHEDULE -> Optimizers.of(o, SchedulerConfig.of(new StepLR(o, 3, 0.5)).everyStep());
                case PLATEAU -> Optimizers.of(o, SchedulerConfig.of(new ReduceLROnPlateau(o)).monitor("val_loss"));
                case PLATEAU_BY_STEP -> Optimizers.of(o, SchedulerConfig.of(new ReduceLROnPlateau(o)).everyStep().monitor("loss"));
                default -> Optimizers.of(o, new StepLR(o, 1, 0.7));
            };
        }
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static DataLoader<Batch> data() {
        Tensor x = Tensor.cat(BoringData.batches(BATCHES * 4 - 1, 1, 6, 3), 0);
        Tensor y = Tensor.cat(BoringData.batches(BATCHES * 4 - 1, 1, 2, 4), 0);
        return new DataLoader<>(new TensorDataset(x, y), 4);
    }

    private TrainerBuilder trainer(Kind kind) {
        TrainerBuilder b = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(EPOCHS).defaultRootDir(dir);
        return switch (kind) {
            case ACCUMULATION -> b.accumulateGradBatches(2).gradientClipVal(0.5);
            case MID_EPOCH_VALIDATION -> b.valCheckInterval(2);
            case FLOAT16 -> b.precision(dev.levin.precision.Precision.of("16-mixed"));
            case BFLOAT16 -> b.precision("bf16-mixed");
            default -> b;
        };
    }

    private Model run(Kind kind, int killAt, Resume resume, UnaryOperator<TrainerBuilder> more) {
        Trainer.seedEverything(11);
        Model m = new Model(kind, killAt);
        m.killFile = dir.resolve("killed.ckpt").toString();
        Trainer t = more.apply(trainer(kind)).build();
        try {
            t.fit(m, data().shuffle(5), data(), resume);
        } catch (Killed e) {
            assertEquals(Status.INTERRUPTED, t.status());
        }
        return m;
    }

    private static Map<String, float[]> weights(Model m) {
        Map<String, float[]> w = new LinkedHashMap<>();
        m.stateDict().forEach((k, v) -> w.put(k, v.toFloats()));
        return w;
    }

    private static void assertSame(Model expected, Model actual, String what) {
        Map<String, float[]> w = weights(actual);
        weights(expected).forEach((k, v) -> assertArrayEquals(v, w.get(k), what + ": " + k));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void case65ARunKilledAfterAnyBatchResumesBitForBit(Kind kind) {
        Model whole = run(kind, -1, Resume.NO, b -> b);
        for (int at = 1; at <= BATCHES * EPOCHS; at++) {
            Model killed = run(kind, at, Resume.NO, b -> b);
            Trainer.seedEverything(999);
            Model resumed = run(kind, -1, Resume.from(dir.resolve("killed.ckpt")), b -> b);
            assertSame(whole, resumed, kind + " killed at batch " + at);
            List<Double> losses = new ArrayList<>(killed.losses);
            losses.addAll(resumed.losses);
            assertEquals(whole.losses, losses, kind + " killed at batch " + at);
        }
    }

    @Test
    void aRequestToStopWritesACheckpointThatResumesBitForBit() {
        Model whole = run(Kind.MID_EPOCH_VALIDATION, -1, Resume.NO, b -> b);
        for (String hook : new String[] {"train", "val"}) {
            Trainer.seedEverything(11);
            Model m = new Model(Kind.MID_EPOCH_VALIDATION, -1);
            int[] count = {0};
            Trainer t = trainer(Kind.MID_EPOCH_VALIDATION).callbacks(new Callback() {
                @Override
                public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
                    if (hook.equals("train") && ++count[0] == 3) {
                        trainer.interrupt("SIGTERM");
                    }
                }

                @Override
                public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object o, Object batch, int i, int l) {
                    if (hook.equals("val") && !trainer.isSanityChecking() && ++count[0] == 2) {
                        trainer.interrupt("SIGTERM");
                    }
                }
            }).build();
            FitResult r = t.fit(m, data().shuffle(5), data());
            assertEquals(Status.INTERRUPTED, r.status());
            assertEquals("SIGTERM", r.reason());
            Model resumed = run(Kind.MID_EPOCH_VALIDATION, -1, Resume.LAST, b -> b);
            assertSame(whole, resumed, hook);
            r.checkpoint().ifPresent(p -> assertTrue(Files.exists(p)));
        }
    }

    @Test
    void case62StepAndEpochGoOn() {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(2).limitTrainBatches(2).limitValBatches(0).build();
        t.fit(new BoringModel());
        assertEquals(2, t.currentEpoch());
        assertEquals(4, t.globalStep());
        Path file = dir.resolve("manual.ckpt");
        t.saveCheckpoint(file);
        Checkpoint c = Checkpoint.read(file);
        assertEquals(2, c.epoch());
        assertEquals(4, c.globalStep());
        long[] seen = new long[3];
        Trainer u = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(4).limitTrainBatches(2).limitValBatches(0).build();
        assertEquals(0, u.currentEpoch());
        u.fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                seen[0] = currentEpoch();
                seen[1] = globalStep();
                seen[2] = trainer().loggerStep();
            }
        }, Resume.from(file));
        assertArrayEquals(new long[] {2, 4, 4}, seen);
        assertEquals(4, u.currentEpoch());
        assertEquals(8, u.globalStep());
        assertEquals(8, u.loggerStep());
    }

    @Test
    void case68MissingFileAndTooFewEpochs() {
        CheckpointException missing = assertThrows(CheckpointException.class, () -> Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1)
                .build().fit(new BoringModel(), Resume.from("no_such_file.ckpt")));
        assertTrue(missing.getMessage().contains("no_such_file.ckpt"), missing.getMessage());
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(4).limitTrainBatches(1).limitValBatches(0).build();
        t.fit(new BoringModel());
        Path file = dir.resolve("late.ckpt");
        t.saveCheckpoint(file);
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1)
                .build().fit(new BoringModel(), Resume.from(file)));
        assertTrue(e.getMessage().contains("max_epochs is 1") && e.getMessage().contains("epoch 4"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1, false, 1", "3, false, 0", "1, true, 0"})
    void case67GoingOnInsideAnEpochWarnsUnlessTheLoaderKnowsItsPosition(int steps, boolean knows, int warnings) {
        List<Tensor> data = BoringData.batches(3, 1, 32, 1);
        Iterable<Tensor> loader = knows ? data : data::iterator;
        Path file = dir.resolve("inside.ckpt");
        Trainer.builder().accelerator("cpu").logger(false).maxSteps(steps).limitValBatches(0).callbacks(new SavingCallback(file)).build()
                .fit(new BoringModel(), loader);
        List<Integer> indices = new ArrayList<>();
        try (LogCapture log = new LogCapture()) {
            Trainer.builder().accelerator("cpu").logger(false).maxSteps(steps + 2).limitValBatches(0).build().fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    indices.add(i);
                    return super.trainingStep(batch, i);
                }
            }, loader, Resume.from(file));
            assertEquals(warnings, log.warnings().stream().filter(w -> w.contains("can't save its position")).count());
        }
        assertEquals(steps == 1 ? List.of(1, 2) : List.of(0, 1), indices);
    }

    @Test
    void aDifferentNumberOfOptimizersIsAnError() {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build();
        t.fit(new BoringModel());
        Path file = dir.resolve("one.ckpt");
        t.saveCheckpoint(file);
        CheckpointException e = assertThrows(CheckpointException.class, () -> Trainer.builder().accelerator("cpu").logger(false).maxEpochs(2).build()
                .fit(new BoringModel() {
                    @Override
                    public Optimizers configureOptimizers() {
                        return Optimizers.of(new AdamW(parameters(), 0.1));
                    }
                }, Resume.from(file)));
        assertTrue(e.getMessage().contains("1 schedulers") && e.getMessage().contains("gives 0"), e.getMessage());
    }

    @Test
    void case61WeightsOnlyFilesCantResume() {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build();
        BoringModel trained = new BoringModel();
        t.fit(trained);
        Path file = dir.resolve("weights.ckpt");
        t.saveCheckpoint(file, true);
        Checkpoint c = Checkpoint.read(file);
        assertTrue(c.isWeightsOnly());
        assertTrue(!c.content().containsKey("optimizer_states") && !c.content().containsKey("lr_schedulers") && !c.content().containsKey("callbacks"));
        BoringModel loaded = LightningModule.loadFromCheckpoint(file, h -> new BoringModel());
        assertArrayEquals(trained.stateDict().get("layer.weight").toFloats(), loaded.stateDict().get("layer.weight").toFloats());
        CheckpointException e = assertThrows(CheckpointException.class, () -> t.fit(new BoringModel(), Resume.from(file)));
        assertTrue(e.getMessage().contains("only the model"), e.getMessage());
    }

    @Test
    void aDamagedFileIsRefusedAndThePreviousGoodOneOffered() throws IOException {
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build();
        t.fit(new BoringModel());
        Path good = dir.resolve("good.ckpt");
        Path bad = dir.resolve("bad.ckpt");
        t.saveCheckpoint(good);
        t.saveCheckpoint(bad);
        byte[] bytes = Files.readAllBytes(bad);
        for (int cut : new int[] {0, 4, 20, bytes.length / 2, bytes.length - 1}) {
            Files.write(bad, java.util.Arrays.copyOf(bytes, cut));
            CheckpointException e = assertThrows(CheckpointException.class, () -> Checkpoint.read(bad));
            assertTrue(e.getMessage().contains("bad.ckpt") && e.getMessage().contains("good.ckpt"), e.getMessage());
        }
        byte[] flipped = bytes.clone();
        flipped[bytes.length - 3] ^= 1;
        Files.write(bad, flipped);
        CheckpointException e = assertThrows(CheckpointException.class, () -> Checkpoint.read(bad));
        assertTrue(e.getMessage().contains("damaged"), e.getMessage());
    }
}
