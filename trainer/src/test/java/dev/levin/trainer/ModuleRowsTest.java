package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.Linear;
import dev.levin.optim.Optimizer;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of the reference's tables of the module and of optimization, by their ids. */
class ModuleRowsTest {
    @TempDir
    Path dir;

    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).limitTestBatches(2)
                .numSanityValSteps(0);
    }

    private static <T extends Throwable> T fails(Class<T> type, org.junit.jupiter.api.function.Executable body, String... words) {
        T t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
        return t;
    }

    // ---- steps -------------------------------------------------------------------------------------------------------------------

    @Test
    void m02OutputsOfTheTrainingStepReachTheBatchEndDetached() {
        List<String> seen = new ArrayList<>();
        trainer().build().fit(new BoringModel() {
            @Override
            public Map<String, ?> trainingStepOutputs(Tensor batch, int i) {
                Tensor loss = loss(forward(batch));
                return Map.of("loss", loss, "prediction", forward(batch), "note", "n" + i);
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                seen.add(outputs.get("note") + " " + ((Tensor) outputs.get("loss")).isGradRequired() + " " + ((Tensor) outputs.get("prediction")).isGradRequired());
            }
        });
        assertEquals(List.of("n0 false false", "n1 false false"), seen);
    }

    @Test
    void m02WhatIsNoLossIsRefused() {
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Map<String, ?> trainingStepOutputs(Tensor batch, int i) {
                return Map.of("y", forward(batch));
            }
        }), "loss", "[y]");
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return forward(batch);
            }
        }), "[1, 2]", "mean()");
    }

    @Test
    void m03WhatEvaluationStepsGiveReachesTheBatchEnd() {
        List<Object> seen = new ArrayList<>();
        trainer().build().validate(new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                return "v" + i;
            }

            @Override
            public void onValidationBatchEnd(Object output, Tensor batch, int i, int loader) {
                seen.add(output);
            }
        });
        trainer().build().test(new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                return "t" + i;
            }

            @Override
            public void onTestBatchEnd(Object output, Tensor batch, int i, int loader) {
                seen.add(output);
            }
        });
        assertEquals(List.of("v0", "v1", "t0", "t1"), seen);
    }

    @Test
    void m04PredictionIsForwardUnlessOverridden() {
        BoringModel m = new BoringModel();
        List<Tensor> data = BoringData.batches(1, 2, 32, 1);
        Tensor y = (Tensor) trainer().build().predict(m, data).toList().getFirst();
        assertArrayEquals(m.forward(data.getFirst()).toFloats(), y.toFloats());
    }

    @Test
    void m07c04CallbacksOfTheModuleAreForItsRun() {
        List<String> calls = new ArrayList<>();
        class Named implements Callback {
            private final String name;

            Named(String name) {
                this.name = name;
            }

            @Override
            public void onTrainStart(Trainer t, LightningModule<?> m) {
                calls.add(name);
            }
        }
        Trainer t = trainer().callbacks(new Named("trainer's")).build();
        t.fit(new BoringModel() {
            @Override
            public List<Callback> configureCallbacks() {
                return List.of(new Named("module's"));
            }
        });
        t.maxEpochs(2);
        t.fit(new BoringModel());
        assertEquals(List.of("module's", "trainer's"), calls);
    }

    @Test
    void m08ConfigureModelMakesLayersInEveryEntryPoint() {
        class Late extends LightningModule<Tensor> {
            Linear layer;
            int made;

            @Override
            public void configureModel() {
                if (layer == null) {
                    layer = new Linear(32, 2);
                    made++;
                }
            }

            @Override
            public Tensor forward(Tensor x) {
                return layer.forward(x);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return forward(batch).mean();
            }

            @Override
            public Object predictStep(Tensor batch, int i) {
                return forward(batch);
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new SGD(parameters(), 0.1));
            }
        }
        Late m = new Late();
        Trainer t = trainer().precision("64-true").build();
        t.fit(m, BoringData.batches());
        assertEquals(DType.F64, m.layer.weight.dtype());
        t.predict(m, BoringData.batches()).drain();
        assertEquals(1, m.made);
        Late fresh = new Late();
        trainer().build().predict(fresh, BoringData.batches()).drain();
        assertEquals(1, fresh.made);
    }

    @Test
    void m10m11EveryPartOfAStepCanBeReplaced() {
        List<String> calls = new ArrayList<>();
        trainer().gradientClipVal(1).build().fit(new BoringModel() {
            @Override
            public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
                if (i == 0) {
                    closure.get();
                    calls.add("only the closure");
                } else {
                    o.step(closure);
                    calls.add("step");
                }
            }

            @Override
            public void optimizerZeroGrad(int epoch, int i, Optimizer o) {
                calls.add("zero " + epoch + "." + i);
                o.zeroGrad();
            }

            @Override
            public void backward(Tensor loss) {
                calls.add("backward");
                loss.backward();
            }

            @Override
            public void configureGradientClipping(Optimizer o, Double value, GradientClipping how) {
                calls.add("clip " + value + " " + how);
            }

            @Override
            public void lrSchedulerStep(SchedulerConfig s, Double metric) {
                calls.add("schedule");
            }
        });
        assertEquals(List.of("zero 0.0", "backward", "clip 1.0 NORM", "only the closure", "zero 0.1", "backward", "clip 1.0 NORM", "step", "schedule"), calls);
    }

    @Test
    void m11ClippingByTheModuleAloneNeedsNoFlag() {
        double[] largest = new double[1];
        trainer().build().fit(new BoringModel() {
            @Override
            public void configureGradientClipping(Optimizer o, Double value, GradientClipping how) {
                clipGradients(o, 1e-3, GradientClipping.VALUE);
                largest[0] = Math.max(largest[0], parameters().stream().mapToDouble(p -> p.grad().abs().max().item()).max().orElseThrow());
            }
        });
        assertEquals(1e-3, largest[0], 1e-9);
        fails(MisconfigurationException.class, () -> trainer().gradientClipVal(1).gradientClipAlgorithm("norm").build().fit(new BoringModel() {
            @Override
            public void configureGradientClipping(Optimizer o, Double value, GradientClipping how) {
                clipGradients(o, 1.0, GradientClipping.VALUE);
            }
        }), "gradient_clip_algorithm");
    }

    @Test
    void m12v07ManualToolsAreForManualOptimization() {
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                optimizer(0).toggle();
                return super.trainingStep(batch, i);
            }
        }), "toggle", "automaticOptimization(false)");
        fails(MisconfigurationException.class, () -> trainer().build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                optimizer(0).step();
                return super.trainingStep(batch, i);
            }
        }), "optimizer.step()");
    }

    @Test
    void m14LinesArePrintedAndValuesGathered() {
        List<String> printed = new ArrayList<>();
        class Bar implements ProgressBar {
            @Override
            public void print(String line) {
                printed.add(line);
            }
        }
        trainer().callbacks(new Bar()).build().fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                print("starts");
                assertEquals("[1, 2]", allGather(Tensor.zeros(2)).shape().toString());
            }
        });
        assertEquals(List.of("starts"), printed);
    }

    @Test
    void m15FreezeAndUnfreeze() {
        BoringModel m = new BoringModel();
        assertSame(m, m.freeze());
        assertFalse(m.isTraining());
        assertTrue(m.parameters().stream().noneMatch(Tensor::isGradRequired));
        assertSame(m, m.unfreeze());
        assertTrue(m.isTraining());
        assertTrue(m.parameters().stream().allMatch(Tensor::isGradRequired));
    }

    /** What a model may be made from. */
    public record Config(int width, String name, List<Double> rates) {}

    private static class Configured extends BoringModel {
        Configured(HyperParameters h) {
            saveHyperparameters(h);
            if (h.values().containsKey("lenient")) {
                strictLoading(false);
            }
        }
    }

    @Test
    void m16m17m21HyperParametersAreStoredAndRebuildTheModel() {
        Trainer t = trainer().build();
        Configured m = new Configured(HyperParameters.of(new Config(7, "x", List.of(0.1, 0.2))));
        t.fit(m);
        Path file = dir.resolve("m.ckpt");
        t.saveCheckpoint(file);
        Map<String, Object> content = Checkpoint.read(file).content();
        assertEquals(Map.of("width", 7, "name", "x", "rates", List.of(0.1, 0.2)), content.get("hyper_parameters"));
        assertEquals(Configured.class.getName(), content.get("hparams_name"));
        Configured back = LightningModule.loadFromCheckpoint(file, Configured::new);
        assertEquals(m.hparams(), back.hparams());
        assertArrayEquals(m.stateDict().get("layer.weight").toFloats(), back.stateDict().get("layer.weight").toFloats());
        Configured other = LightningModule.loadFromCheckpoint(file, Configured::new, Map.of("width", 9));
        assertEquals(9, other.hparams().integer("width"));
        assertEquals("x", other.hparams().text("name"));
        fails(IllegalArgumentException.class, () -> HyperParameters.of(Map.of("net", new Object())), "'net'", "java.lang.Object");
        fails(IllegalArgumentException.class, () -> back.hparams().number("depth"), "'depth'", "width");
    }

    @Test
    void m17k27StrictnessOfLoading() {
        class Wider extends Configured {
            final Linear more = new Linear(2, 2);

            Wider(HyperParameters h) {
                super(h);
            }
        }
        Trainer t = trainer().build();
        t.fit(new Configured(HyperParameters.NONE));
        Path file = dir.resolve("narrow.ckpt");
        t.saveCheckpoint(file);
        fails(CheckpointException.class, () -> LightningModule.loadFromCheckpoint(file, h -> new Wider(h)), "more.weight", "narrow.ckpt");
        LightningModule.loadFromCheckpoint(file, h -> new Wider(h), Map.of("lenient", true));
        LightningModule.loadFromCheckpoint(file, h -> new Wider(h), Map.of(), false);
        fails(CheckpointException.class, () -> LightningModule.loadFromCheckpoint(file, h -> new Wider(h), Map.of("lenient", true), true), "more.weight");
    }

    @Test
    void m20WhatAModuleKnows() {
        BoringModel m = new BoringModel();
        fails(IllegalStateException.class, m::trainer, "not attached");
        assertFalse(m.hasTrainer());
        assertEquals(List.of(0, 0, 0, 0), List.of(m.currentEpoch(), (int) m.globalStep(), m.globalRank(), m.localRank()));
        assertEquals(Device.CPU, m.device());
        assertEquals(DType.F32, m.dtype());
        assertTrue(m.strictLoading());
        List<Object> seen = new ArrayList<>();
        Logger logger = (values, step) -> { };
        trainer().limitTrainBatches(1).logger(logger).build().fit(new BoringModel() {
            @Override
            public void onTrainEnd() {
                seen.addAll(List.of(trainer().isTraining(), globalStep(), logger(), loggers()));
            }
        });
        assertEquals(List.of(true, 1L, logger, List.of(logger)), seen);
        BoringModel t = new BoringModel();
        trainer().build().fit(t);
        assertInstanceOf(DummyLogger.class, t.logger());
    }

    @Test
    void m40SkippingTheEpochAtABatchLeavesItUncounted() {
        List<String> calls = new ArrayList<>();
        Trainer t = trainer().limitTrainBatches(5).limitValBatches(0).maxEpochs(2).build();
        t.fit(new BoringModel() {
            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                return i == 2 ? Flow.SKIP_EPOCH : Flow.CONTINUE;
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                calls.add(currentEpoch() + "." + i);
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainEpochEnd() {
                calls.add("end " + trainer().isLastBatch());
            }
        });
        assertEquals(List.of("0.0", "0.1", "end true", "1.0", "1.1", "end true"), calls);
        assertEquals(4, t.globalStep());
        assertEquals(2, t.currentEpoch());
    }

    @Test
    void m41AnOverriddenTrainHookDecidesAlone() {
        List<Boolean> modes = new ArrayList<>();
        BoringModel m = new BoringModel() {
            @Override
            public void onValidationModelEval() {
                modes.add(isTraining());
            }

            @Override
            public void onValidationModelTrain() {
                modes.add(isTraining());
                eval();
            }
        };
        trainer().build().fit(m);
        assertEquals(List.of(true, true), modes, "the overridden hook leaves the model in training mode");
        assertFalse(m.isTraining());
    }

    @Test
    void m42ModulesInEvaluationModeAreListedWhenTrainingStarts() {
        BoringModel m = new BoringModel() {
            final dev.levin.nn.Dropout frozen = new dev.levin.nn.Dropout(0.5);
            {
                frozen.eval();
            }
        };
        try (LogCapture log = new LogCapture()) {
            trainer().limitValBatches(0).build().fit(m);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("1 module(s)") && s.contains("[frozen]")).count(), log.warnings().toString());
        }
    }

    @Test
    void m43MonitorsAndSaversRunAfterTheModuleAtTheEndOfAnEpoch() {
        List<String> calls = new ArrayList<>();
        record Ordered(Callback.Order order, List<String> calls) implements Callback {
            @Override
            public void onTrainEpochEnd(Trainer t, LightningModule<?> m) {
                calls.add(order.name());
            }

            @Override
            public void onTrainEpochStart(Trainer t, LightningModule<?> m) {
                calls.add("start " + order.name());
            }

            @Override
            public String stateKey() {
                return order.name();
            }
        }
        trainer().limitValBatches(0).callbacks(new Ordered(Callback.Order.CHECKPOINT, calls), new Ordered(Callback.Order.MONITOR, calls),
                new Ordered(Callback.Order.NORMAL, calls)).build().fit(new BoringModel() {
                    @Override
                    public void onTrainEpochEnd() {
                        calls.add("module");
                    }

                    @Override
                    public void onTrainEpochStart() {
                        calls.add("start module");
                    }
                });
        assertEquals(List.of("start MONITOR", "start NORMAL", "start CHECKPOINT", "start module", "NORMAL", "module", "MONITOR", "CHECKPOINT"), calls);
    }

    // ---- optimizers ----------------------------------------------------------------------------------------------------------------

    @Test
    void o01NoOptimizerRunsTheStepsAndWarns() {
        for (Optimizers none : new Optimizers[] {null, Optimizers.none()}) {
            int[] steps = new int[1];
            BoringModel m = new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    steps[0]++;
                    return super.trainingStep(batch, i);
                }

                @Override
                public Optimizers configureOptimizers() {
                    return none;
                }
            };
            float[] before = m.stateDict().get("layer.weight").toFloats();
            try (LogCapture log = new LogCapture()) {
                trainer().build().fit(m);
                assertEquals(1, log.warnings().stream().filter(s -> s.contains("no optimizer")).count());
            }
            assertEquals(2, steps[0]);
            assertArrayEquals(before, m.stateDict().get("layer.weight").toFloats());
        }
    }

    @Test
    void o03o04SchedulersAreCheckedWhereTheyAreConfigured() {
        BoringModel m = new BoringModel();
        SGD sgd = new SGD(m.parameters(), 0.1);
        fails(MisconfigurationException.class, () -> SchedulerConfig.of(new dev.levin.optim.StepLR(sgd, 1)).every(0, SchedulerConfig.Interval.EPOCH), "StepLR", "0");
        fails(MisconfigurationException.class, () -> new SchedulerConfig(null, SchedulerConfig.Interval.EPOCH, 1, null, true, null, false), "scheduler");
        fails(MisconfigurationException.class, () -> SchedulerConfig.Interval.parse("batch"), "[epoch, step]", "batch");
        fails(MisconfigurationException.class, () -> Optimizers.of(sgd, new dev.levin.optim.ReduceLROnPlateau(sgd)).validate(true), "monitor(");
        try (LogCapture log = new LogCapture()) {
            Optimizers.of(sgd, new dev.levin.optim.OneCycleLR(sgd, 0.1, 10)).validate(true);
            assertTrue(log.warnings().getFirst().contains("everyStep()"), log.warnings().toString());
        }
        SchedulerConfig c = SchedulerConfig.of(new dev.levin.optim.ReduceLROnPlateau(sgd)).monitor("x").lenient().named("n").everyStep();
        assertEquals(List.of(SchedulerConfig.Interval.STEP, 1, "x", false, "n", true), List.of(c.interval(), c.frequency(), c.monitor(), c.strict(), c.name(),
                c.reduceOnPlateau()));
    }

    @Test
    void o07PlateauSchedulersSeeTheMetricsOfTheirEpochAfterItsEnd() {
        List<String> calls = new ArrayList<>();
        trainer().maxEpochs(2).build().fit(new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("val", currentEpoch() + 5.0);
                return null;
            }

            @Override
            public void onTrainEpochEnd() {
                calls.add("end");
            }

            @Override
            public void lrSchedulerStep(SchedulerConfig s, Double metric) {
                calls.add("plateau " + metric);
            }

            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new dev.levin.optim.ReduceLROnPlateau(sgd)).monitor("val"));
            }
        });
        assertEquals(List.of("end", "plateau 5.0", "end", "plateau 6.0"), calls);
    }

    @Test
    void o07PlateauSchedulersByStepFollowTheValidationOfTheirBatch() {
        List<String> calls = new ArrayList<>();
        trainer().limitTrainBatches(4).limitValBatches(1).valCheckInterval(2).build().fit(new BoringModel() {
            private int runs;

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("val", -1);
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("val_loss", runs++);
                return null;
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                calls.add("batch " + i);
            }

            @Override
            public void lrSchedulerStep(SchedulerConfig s, Double metric) {
                calls.add("plateau " + metric);
            }

            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new dev.levin.optim.ReduceLROnPlateau(sgd)).every(2, SchedulerConfig.Interval.STEP).monitor("val_loss"));
            }
        });
        assertEquals(List.of("batch 0", "batch 1", "plateau 0.0", "batch 2", "batch 3", "plateau 1.0"), calls);
    }

    @Test
    void o08ManualModeIgnoresMonitorsWithAWarning() {
        BoringModel m = new BoringModel() {
            {
                automaticOptimization(false);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                return Optimizers.of(sgd, SchedulerConfig.of(new dev.levin.optim.ReduceLROnPlateau(sgd)).monitor("x"));
            }
        };
        try (LogCapture log = new LogCapture()) {
            trainer().limitValBatches(0).build().fit(m);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("monitor of ReduceLROnPlateau is ignored")).count());
        }
    }

    @Test
    void o11HooksBeforeTheStepSeeUnscaledAndUnclippedGradients() {
        List<Double> norms = new ArrayList<>();
        trainer().limitTrainBatches(1).precision(new dev.levin.precision.MixedPrecision(DType.F16, new dev.levin.precision.LossScaler(1024, 2, 0.5, 2000)))
                .gradientClipVal(0.01).build().fit(new BoringModel() {
                    private double norm() {
                        return Math.sqrt(parameters().stream().mapToDouble(p -> p.grad().mul(p.grad()).sum().item()).sum());
                    }

                    @Override
                    public void onAfterBackward() {
                        norms.add(norm());
                    }

                    @Override
                    public void onBeforeOptimizerStep(Optimizer o) {
                        norms.add(norm());
                    }

                    @Override
                    public void configureGradientClipping(Optimizer o, Double value, GradientClipping how) {
                        super.configureGradientClipping(o, value, how);
                        norms.add(norm());
                    }
                });
        assertEquals(1024, norms.get(0) / norms.get(1), 1);
        assertTrue(norms.get(1) > 0.1, norms.toString());
        assertEquals(0.01, norms.get(2), 1e-5);
    }

    @Test
    void o13TogglingSharedParametersLeavesThemTrainable() {
        List<List<Boolean>> seen = new ArrayList<>();
        trainer().limitTrainBatches(1).limitValBatches(0).build().fit(new BoringModel() {
            final Linear shared = new Linear(2, 2);
            final Linear other = new Linear(2, 2);
            {
                automaticOptimization(false);
                other.bias.requiresGrad(false);
            }

            private void look() {
                seen.add(List.of(layer.weight.isGradRequired(), shared.weight.isGradRequired(), other.weight.isGradRequired(), other.bias.isGradRequired()));
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                optimizer(0).toggle();
                look();
                optimizer(0).untoggle();
                optimizer(1).toggle();
                look();
                optimizer(1).untoggle();
                look();
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                List<dev.levin.tensor.Parameter> a = new ArrayList<>(layer.parameters());
                a.addAll(shared.parameters());
                List<dev.levin.tensor.Parameter> b = new ArrayList<>(other.parameters());
                b.addAll(shared.parameters());
                return Optimizers.of(new SGD(a, 0.1), new SGD(b, 0.1));
            }
        });
        assertEquals(List.of(List.of(true, true, false, false), List.of(false, true, true, false), List.of(true, true, true, false)), seen);
    }

    @Test
    void x04x08ManualStepsUnscaleBeforeTheHook() {
        Map<String, Double> norms = new LinkedHashMap<>();
        Trainer t = trainer().limitTrainBatches(1).limitValBatches(0)
                .precision(new dev.levin.precision.MixedPrecision(DType.F16, new dev.levin.precision.LossScaler(1024, 2, 0.5, 2000))).build();
        t.fit(new BoringModel() {
            {
                automaticOptimization(false);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                optimizer(0).zeroGrad();
                manualBackward(loss(forward(batch)));
                norms.put("scaled", layer.weight.grad().abs().max().item());
                optimizer(0).step();
                return null;
            }

            @Override
            public void onBeforeOptimizerStep(Optimizer o) {
                norms.put("hook", layer.weight.grad().abs().max().item());
            }
        });
        assertEquals(1024, norms.get("scaled") / norms.get("hook"), 1);
        assertEquals(1, t.globalStep());
    }

    @Test
    void x05LbfgsCantBeScaled() {
        fails(MisconfigurationException.class, () -> trainer().precision(dev.levin.precision.Precision.of("16-mixed")).build().fit(new BoringModel() {
            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new dev.levin.optim.LBFGS(parameters(), 1));
            }
        }), "LBFGS", "bf16-mixed");
        fails(IllegalArgumentException.class, () -> new dev.levin.precision.MixedPrecision(DType.BF16, new dev.levin.precision.LossScaler()), "16-mixed only");
    }

    @Test
    void x07TheScalerIsInTheCheckpoint() {
        Trainer t = trainer().precision(new dev.levin.precision.MixedPrecision(DType.F16, new dev.levin.precision.LossScaler(256, 2, 0.5, 2))).build();
        t.fit(new BoringModel());
        Path file = dir.resolve("scaled.ckpt");
        t.saveCheckpoint(file);
        assertTrue(Checkpoint.read(file).content().get("MixedPrecision") instanceof Map<?, ?>);
        assertEquals(512, t.scaler().orElseThrow().scale(), "two steps without overflow double it");
        Trainer u = trainer().maxEpochs(2).precision(new dev.levin.precision.MixedPrecision(DType.F16, new dev.levin.precision.LossScaler(1, 2, 0.5, 2))).build();
        double[] scale = new double[1];
        u.fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                scale[0] = trainer().scaler().orElseThrow().scale();
            }
        }, Resume.from(file));
        assertEquals(512, scale[0]);
        Trainer plain = trainer().build();
        plain.fit(new BoringModel());
        plain.saveCheckpoint(file);
        assertFalse(Checkpoint.read(file).content().containsKey("MixedPrecision"));
    }
}
