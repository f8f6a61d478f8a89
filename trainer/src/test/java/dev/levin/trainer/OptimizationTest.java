package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.optim.LBFGS;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ReduceLROnPlateau;
import dev.levin.optim.SGD;
import dev.levin.optim.StepLR;
import dev.levin.precision.LossScaler;
import dev.levin.precision.MixedPrecision;
import dev.levin.precision.Precision;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases 32 to 45 of the reference, and the two departures about losses and accumulation. */
class OptimizationTest {
    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).numSanityValSteps(0).limitValBatches(0);
    }

    @ParameterizedTest
    @CsvSource({"3, 64", "4, 51", "3, 51", "4, 44"})
    void case32WeightsChangeOnlyWhereAWindowEnds(int accumulate, int batches) {
        List<Integer> changed = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int e = 0; e < 2; e++) {
            for (int i = 0; i < batches; i++) {
                if ((i + 1) % accumulate == 0 || i == batches - 1) {
                    expected.add(i);
                }
            }
        }
        var model = new BoringModel() {
            private float[] before;

            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                before = layer.weight.toFloats();
                return Flow.CONTINUE;
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                if (!Arrays.equals(before, layer.weight.toFloats())) {
                    changed.add(i);
                }
            }
        };
        trainer().maxEpochs(2).limitTrainBatches(batches).accumulateGradBatches(accumulate).build().fit(model);
        assertEquals(expected, changed);
    }

    private static int backwards(TrainerBuilder b, boolean lbfgs) {
        int[] n = {0};
        b.build().fit(new BoringModel() {
            @Override
            public void backward(Tensor loss) {
                n[0]++;
                super.backward(loss);
            }

            @Override
            public Optimizers configureOptimizers() {
                return lbfgs ? Optimizers.of(new LBFGS(parameters(), 1)) : super.configureOptimizers();
            }
        });
        return n[0];
    }

    @Test
    void case33BackwardCalls() {
        for (int n : new int[] {1, 2, 3}) {
            assertEquals(n, backwards(trainer().maxSteps(n), false));
        }
        assertEquals(6, backwards(trainer().maxEpochs(1).limitTrainBatches(6).accumulateGradBatches(2), false));
        assertEquals(12, backwards(trainer().maxSteps(6).accumulateGradBatches(2), false));
        assertTrue(backwards(trainer().maxSteps(2), true) > 2, "LBFGS evaluates its closure several times a step");
    }

    @Test
    void lbfgsLearnsThroughItsClosure() {
        double[] losses = new double[2];
        Trainer.seedEverything(1);
        trainer().maxSteps(5).limitTrainBatches(1).build().fit(new BoringModel() {
            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new LBFGS(parameters(), 1));
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                double v = ((Tensor) outputs.get("loss")).item();
                losses[0] = losses[0] == 0 ? v : losses[0];
                losses[1] = v;
            }
        });
        assertTrue(losses[1] < 1e-8, Arrays.toString(losses));
    }

    private static double norm(List<Parameter> parameters) {
        return Math.sqrt(parameters.stream().mapToDouble(p -> p.grad().mul(p.grad()).sum().item()).sum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"32-true", "16-mixed", "bf16-mixed"})
    void case34ClippingByNorm(String name) {
        List<Double> norms = new ArrayList<>();
        // A scale of 65536 would overflow float16 in the first step and skip it.
        Precision precision = name.equals("16-mixed") ? new MixedPrecision(DType.F16, new LossScaler(64, 2, 0.5, 2000)) : Precision.of(name);
        trainer().maxSteps(1).precision(precision).gradientClipVal(0.05).build().fit(new BoringModel() {
            @Override
            public void configureGradientClipping(Optimizer o, Double v, GradientClipping a) {
                norms.add(norm(parameters()));
                super.configureGradientClipping(o, v, a);
                norms.add(norm(parameters()));
            }
        });
        assertTrue(norms.get(0) > 0.05);
        assertEquals(0.05, norms.get(1), 1e-5);
    }

    @Test
    void case34ClippingByValue() {
        List<Double> largest = new ArrayList<>();
        trainer().maxSteps(1).gradientClipVal(1e-10).gradientClipAlgorithm("Value").build().fit(new BoringModel() {
            @Override
            public void configureGradientClipping(Optimizer o, Double v, GradientClipping a) {
                super.configureGradientClipping(o, v, a);
                largest.add(parameters().stream().mapToDouble(p -> p.grad().abs().max().item()).max().orElseThrow());
            }
        });
        assertEquals(1e-10, largest.getFirst(), 1e-16);
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> trainer().gradientClipAlgorithm("norm2"));
        assertTrue(e.getMessage().contains("norm2") && e.getMessage().contains("[norm, value]"), e.getMessage());
    }

    @Test
    void clippingByOtherValuesThanTheTrainersIsAnError() {
        assertThrows(MisconfigurationException.class, () -> trainer().maxSteps(1).gradientClipVal(1).build().fit(new BoringModel() {
            @Override
            public void configureGradientClipping(Optimizer o, Double v, GradientClipping a) {
                clipGradients(o, 2.0, a);
            }
        }));
    }

    /** Counts scheduler steps. */
    private static class Scheduled extends BoringModel {
        final List<Integer> epochs = new ArrayList<>();
        private final boolean byStep;

        Scheduled(boolean byStep) {
            this.byStep = byStep;
        }

        @Override
        public Optimizers configureOptimizers() {
            SGD sgd = new SGD(parameters(), 0.1);
            SchedulerConfig c = SchedulerConfig.of(new StepLR(sgd, 1));
            return Optimizers.of(sgd, byStep ? c.everyStep() : c);
        }

        @Override
        public void lrSchedulerStep(SchedulerConfig scheduler, Double metric) {
            assertNull(metric);
            epochs.add(currentEpoch());
            super.lrSchedulerStep(scheduler, metric);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void case36EpochSchedulersStepOnceAnEpoch(int checkVal) {
        Scheduled m = new Scheduled(false);
        trainer().maxEpochs(4).limitTrainBatches(2).limitValBatches(1).checkValEveryNEpoch(checkVal).build().fit(m);
        assertEquals(4, m.epochs.size());
    }

    @Test
    void case36ValidationTwiceAnEpochDoesNotStepTwice() {
        var m = new BoringModel();
        Trainer t = trainer().maxEpochs(1).limitTrainBatches(4).limitValBatches(1).valCheckInterval(0.5).build();
        t.fit(m);
        assertEquals(0.01, t.rawOptimizers().getFirst().paramGroups().getFirst().lr(), 1e-12);
    }

    @Test
    void case37SchedulersByEpochAndByStep() {
        Scheduled byEpoch = new Scheduled(false);
        trainer().maxEpochs(3).limitTrainBatches(2).build().fit(byEpoch);
        assertEquals(List.of(0, 1, 2), byEpoch.epochs);
        Scheduled byStep = new Scheduled(true);
        trainer().maxEpochs(3).limitTrainBatches(2).build().fit(byStep);
        assertEquals(List.of(0, 0, 1, 1, 2, 2), byStep.epochs);
    }

    private static BoringModel plateau(boolean strict, List<Double> stepped) {
        return new BoringModel() {
            @Override
            public Optimizers configureOptimizers() {
                SGD sgd = new SGD(parameters(), 0.1);
                SchedulerConfig c = SchedulerConfig.of(new ReduceLROnPlateau(sgd)).monitor("giraffe");
                return Optimizers.of(sgd, strict ? c : c.lenient());
            }

            @Override
            public void lrSchedulerStep(SchedulerConfig scheduler, Double metric) {
                stepped.add(metric);
            }
        };
    }

    @Test
    void case40AMonitorThatIsNotThere() {
        List<Double> stepped = new ArrayList<>();
        MisconfigurationException e = assertThrows(MisconfigurationException.class,
                () -> trainer().maxEpochs(1).limitTrainBatches(2).build().fit(plateau(true, stepped)));
        assertTrue(e.getMessage().contains("giraffe"), e.getMessage());
        trainer().maxSteps(1).limitTrainBatches(2).build().fit(plateau(true, stepped));
        try (LogCapture log = new LogCapture()) {
            trainer().maxEpochs(1).limitTrainBatches(2).build().fit(plateau(false, stepped));
            assertTrue(log.warnings().stream().anyMatch(s -> s.contains("giraffe")), log.warnings().toString());
        }
        assertEquals(List.of(), stepped);
    }

    @Test
    void case41DefaultsOfAScheduler() {
        var m = new BoringModel();
        SGD a = new SGD(m.parameters(), 0.1);
        StepLR s = new StepLR(a, 1);
        SchedulerConfig expected = new SchedulerConfig(s, SchedulerConfig.Interval.EPOCH, 1, null, true, null, false);
        assertEquals(List.of(expected), Optimizers.of(a, s).schedulers());
        assertEquals(List.of(expected), Optimizers.of(List.of(a), List.of(s)).schedulers());
        assertEquals(List.of(expected), Optimizers.of(a).with(SchedulerConfig.of(s)).schedulers());
        assertEquals(List.of(), Optimizers.of(a).schedulers());
        assertThrows(MisconfigurationException.class, () -> Optimizers.of(new SGD(m.parameters(), 1), s));
        assertThrows(MisconfigurationException.class, () -> SchedulerConfig.Interval.parse("incorrect"));
        assertThrows(MisconfigurationException.class, () -> Optimizers.of(a, new ReduceLROnPlateau(a)).validate(true));
        assertThrows(IllegalStateException.class, () -> Optimizers.of(a, a).validate(true));
    }

    private static class Manual extends BoringModel {
        int backward;

        Manual() {
            automaticOptimization(false);
        }

        @Override
        public void backward(Tensor loss) {
            backward++;
            super.backward(loss);
        }
    }

    @Test
    void case42SeveralOptimizersByHand() {
        Manual m = new Manual() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                ManualOptimizer a = optimizer(0);
                ManualOptimizer b = optimizer(1);
                Tensor loss = loss(forward(batch));
                a.zeroGrad();
                manualBackward(loss);
                a.step();
                b.zeroGrad();
                manualBackward(loss(forward(batch)));
                manualBackward(loss(forward(batch)));
                b.step();
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new SGD(parameters(), 0.1), new SGD(parameters(), 0.1));
            }
        };
        Trainer t = trainer().maxEpochs(1).limitTrainBatches(2).build();
        t.fit(m);
        assertEquals(6, m.backward);
        assertEquals(4, t.globalStep());
        assertEquals(2, t.loggerStep());
    }

    @Test
    void case44ManualOptimizationLeavesSchedulersAlone() {
        Manual m = new Manual() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                optimizer(0).zeroGrad();
                manualBackward(loss(forward(batch)));
                optimizer(0).step();
                return null;
            }
        };
        Trainer t = trainer().maxEpochs(2).limitTrainBatches(2).build();
        t.fit(m);
        assertEquals(0, t.schedulerConfigs().getFirst().scheduler().lastEpoch());
        assertEquals(0.1, t.rawOptimizers().getFirst().paramGroups().getFirst().lr());
    }

    @Test
    void togglingFreezesTheParametersOfOtherOptimizers() {
        List<List<Boolean>> seen = new ArrayList<>();
        Manual m = new Manual() {
            final dev.levin.nn.Linear other = new dev.levin.nn.Linear(2, 2);

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                try (var t = optimizer(0).toggled()) {
                    seen.add(List.of(layer.weight.isGradRequired(), other.weight.isGradRequired()));
                    assertFalse(t == null);
                }
                seen.add(List.of(layer.weight.isGradRequired(), other.weight.isGradRequired()));
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new SGD(layer.parameters(), 0.1), new SGD(other.parameters(), 0.1));
            }
        };
        trainer().maxSteps(1).maxEpochs(1).limitTrainBatches(1).build().fit(m);
        assertEquals(List.of(List.of(true, false), List.of(true, true)), seen);
    }

    @Test
    void case45BatchIndexUnderAccumulation() {
        List<Integer> indices = new ArrayList<>();
        trainer().maxEpochs(1).limitTrainBatches(4).accumulateGradBatches(2).build().fit(new BoringModel() {
            @Override
            public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
                indices.add(i);
                super.optimizerStep(epoch, i, o, closure);
            }
        });
        assertEquals(List.of(1, 3), indices);
    }

    // ---- departures -------------------------------------------------------------------------------------------------------

    @Test
    void aNullLossIsNoStepAtAll() {
        List<String> calls = new ArrayList<>();
        var m = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                return i % 2 == 0 ? null : super.trainingStep(batch, i);
            }

            @Override
            public void onBeforeOptimizerStep(Optimizer o) {
                calls.add("step");
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                calls.add(i + "" + outputs.keySet());
            }
        };
        FitResult r = trainer().maxEpochs(1).limitTrainBatches(4).build().fit(m);
        assertEquals(List.of("0[]", "step", "1[loss]", "2[]", "step", "3[loss]"), calls);
        assertEquals(2, r.step());
        assertEquals(2, r.skippedBatches());
    }

    @ParameterizedTest
    @CsvSource({"3, 5, false", "3, 5, true", "4, 4, false"})
    void aShortWindowIsDividedByItsRealNumberOfBatches(int accumulate, int batches, boolean unknownLength) {
        // With SGD the weights after an epoch are those of the mean gradient of each window, whatever its size.
        List<Tensor> data = BoringData.batches(batches, 1, 32, 5);
        Trainer.seedEverything(2);
        var m = new BoringModel();
        Iterable<Tensor> loader = unknownLength ? data::iterator : data;
        trainer().maxEpochs(1).accumulateGradBatches(accumulate).build().fit(m, loader);

        Trainer.seedEverything(2);
        var expected = new BoringModel();
        List<Tensor> windows = new ArrayList<>();
        for (int i = 0; i < batches; i += accumulate) {
            windows.add(Tensor.cat(data.subList(i, Math.min(batches, i + accumulate)), 0));
        }
        trainer().maxEpochs(1).build().fit(expected, windows);
        assertArrayEquals(expected.stateDict().get("layer.weight").toFloats(), m.stateDict().get("layer.weight").toFloats(), 1e-6f);
    }

    @Test
    void anOptimizerStepWithoutItsClosureIsAnError() {
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> trainer().maxSteps(1).build().fit(new BoringModel() {
            @Override
            public void optimizerStep(int epoch, int i, Optimizer o, Supplier<Tensor> closure) {
                o.step();
            }
        }));
        assertTrue(e.getMessage().contains("closure"), e.getMessage());
    }

    @Test
    void anOverflowIn16MixedSkipsTheUpdateAndHalvesTheScale() {
        float[][] weights = new float[2][];
        Trainer t = trainer().precision(Precision.of("16-mixed")).maxEpochs(1).limitTrainBatches(2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor loss = super.trainingStep(batch, i);
                return i == 0 ? loss.mul(1e36).mul(10) : loss;
            }

            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                if (i == 0) {
                    weights[0] = layer.weight.toFloats();
                }
                return Flow.CONTINUE;
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                if (i == 0) {
                    weights[1] = layer.weight.toFloats();
                }
            }
        });
        assertArrayEquals(weights[0], weights[1]);
        assertEquals(2, t.globalStep());
        var scaler = ((MixedPrecision) t.precision()).scaler();
        assertEquals(32768, scaler.scale());
        assertEquals(1, scaler.skippedUpdates());
    }
}
