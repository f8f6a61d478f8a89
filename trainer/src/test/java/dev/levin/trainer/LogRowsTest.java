package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.metrics.MeanMetric;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows L of the reference by their ids, and neighbours of its cases 72 to 82. */
class LogRowsTest {
    private record Row(Map<String, Double> values, long step) {}

    private final List<Row> rows = new ArrayList<>();
    private final List<String> saves = new ArrayList<>();
    private final Logger logger = new Logger() {
        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
            rows.add(new Row(metrics, step));
            saves.add("row");
        }

        @Override
        public void save() {
            saves.add("save");
        }
    };

    private TrainerBuilder trainer(int epochs, int batches) {
        return Trainer.builder().accelerator("cpu").logger(logger).maxEpochs(epochs).limitTrainBatches(batches).limitValBatches(0)
                .logEveryNSteps(1).numSanityValSteps(0);
    }

    private interface Body {
        void run(LightningModule<Tensor> m, int i);
    }

    private static BoringModel training(Body body) {
        return new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                body.run(this, i);
                return super.trainingStep(batch, i);
            }
        };
    }

    private static BoringModel validating(Body body) {
        return new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                body.run(this, i);
                return null;
            }
        };
    }

    // Names in the maps of loggers and callbacks by the two flags; null is the hook's own wish.
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {"-, -, 'x', 'x'", "true, -, 'x', 'x'", "-, true, 'x_epoch x_step', 'x x_epoch x_step'",
        "true, true, 'x_epoch x_step', 'x x_epoch x_step'", "false, true, 'x', 'x'", "true, false, 'x', 'x'"})
    void l05l06NamesInTraining(Boolean onStep, Boolean onEpoch, String logged, String callback) {
        Trainer t = trainer(1, 2).build();
        t.fit(training((m, i) -> m.log("x", i, wishes(onStep, onEpoch))));
        assertEquals(logged, String.join(" ", new TreeSet<>(t.loggedMetrics().keySet())));
        assertEquals(callback, String.join(" ", new TreeSet<>(t.callbackMetrics().keySet())));
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {"-, -, 'x', 'x'", "true, -, 'x_epoch x_step', 'x x_epoch'", "-, true, 'x', 'x'",
        "true, true, 'x_epoch x_step', 'x x_epoch'", "false, true, 'x', 'x'", "true, false, 'x', ''"})
    void l05l06NamesInValidation(Boolean onStep, Boolean onEpoch, String logged, String callback) {
        Trainer t = trainer(1, 2).limitValBatches(2).build();
        t.fit(validating((m, i) -> m.log("x", i, wishes(onStep, onEpoch))));
        assertEquals(logged, String.join(" ", new TreeSet<>(t.loggedMetrics().keySet())));
        assertEquals(callback, String.join(" ", new TreeSet<>(t.callbackMetrics().keySet())));
    }

    private static Log[] wishes(Boolean onStep, Boolean onEpoch) {
        List<Log> all = new ArrayList<>();
        if (onStep != null) {
            all.add(Log.onStep(onStep));
        }
        if (onEpoch != null) {
            all.add(Log.onEpoch(onEpoch));
        }
        return all.toArray(Log[]::new);
    }

    @Test
    void l07PlainNamesHoldTheStepValueUntilTheEpochEnds() {
        List<Double> seen = new ArrayList<>();
        Trainer t = trainer(1, 3).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("x", i + 1.0, Log.onStep(), Log.onEpoch());
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                seen.add(trainer().callbackMetrics().get("x"));
            }

            @Override
            public void onTrainEpochEnd() {
                seen.add(trainer().callbackMetrics().get("x"));
            }
        });
        assertEquals(List.of(1.0, 2.0, 3.0, 2.0), seen);
    }

    // reduce over values 1, 2, 6 of batches with 3, 1 and 2 samples
    @ParameterizedTest
    @CsvSource({"mean, 2.8333333333333335", "avg, 2.8333333333333335", "sum, 9", "min, 1", "max, 6", "MAX, 6", "Sum, 9"})
    void l08l09ReductionsOfAnEpoch(String reduce, double expected) {
        double[] values = {1, 2, 6};
        List<Tensor> data = List.of(BoringData.batches(1, 3, 32, 1).getFirst(), BoringData.batches(1, 1, 32, 1).getFirst(),
                BoringData.batches(1, 2, 32, 1).getFirst());
        var r = trainer(1, 3).limitValBatches(3).build().validate(validating((m, i) -> {
            m.log("host", values[i], Log.reduce(reduce));
            m.log("device", Tensor.scalar(values[i]), Log.reduce(reduce));
        }), data);
        assertEquals(expected, r.metric("host"), 1e-6);
        assertEquals(expected, r.metric("device"), 1e-6);
    }

    @Test
    void l08BatchSizesAreReadOffWhateverABatchIs() {
        record Sample(String name, Map<String, List<Tensor>> parts) {}
        BatchSizes sizes = new BatchSizes();
        assertEquals(5, sizes.of(new Sample("a", Map.of("x", List.of(Tensor.zeros(5, 2)))), "k"));
        assertEquals(4, sizes.of(new Tensor[] {Tensor.zeros(4)}, "k"));
        assertEquals(1, sizes.of(Tensor.scalar(1), "k"));
        try (LogCapture log = new LogCapture()) {
            assertEquals(3, sizes.of(List.of(Tensor.zeros(3), Tensor.zeros(7)), "k"));
            assertEquals(3, sizes.of(List.of(Tensor.zeros(3), Tensor.zeros(7)), "k"));
            assertEquals(1, log.warnings().size());
            assertTrue(log.warnings().getFirst().contains("3 and 7") && log.warnings().getFirst().contains("batchSize"), log.warnings().toString());
        }
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> sizes.of("text", "k"));
        assertTrue(e.getMessage().contains("'k'") && e.getMessage().contains("Log.batchSize(n)"), e.getMessage());
    }

    @Test
    void l08BatchesWithoutTensorsNeedASizeOnlyForMeans() {
        class Texts extends LightningModule<String> {
            private final Log[] wishes;

            Texts(Log... wishes) {
                this.wishes = wishes;
            }

            @Override
            public void validationStep(String batch, int i) {
                log("x", i + 1.0, wishes);
            }
        }
        List<String> data = List.of("a", "bc");
        TrainerBuilder b = trainer(1, 1).limitValBatches(2);
        assertThrows(MisconfigurationException.class, () -> b.build().validate(new Texts(), data));
        assertEquals(1.5, b.build().validate(new Texts(Log.batchSize(3)), data).metric("x"));
        assertEquals(3.0, b.build().validate(new Texts(Log.reduce(Reduce.SUM)), data).metric("x"));
    }

    @Test
    void l10StepValuesAreRaw() {
        trainer(1, 2).build().fit(training((m, i) -> m.log("x", Tensor.scalar(i + 1.0), Log.onStep(), Log.onEpoch(), Log.reduce("sum"))));
        assertEquals(List.of(1.0, 2.0, 3.0), rows.stream().map(r -> r.values.getOrDefault("x_step", r.values.get("x_epoch"))).toList());
    }

    @Test
    void l11ScalarsOfAnyShape() {
        Trainer t = trainer(1, 1).build();
        t.fit(training((m, i) -> {
            m.log("a", Tensor.full(dev.levin.type.Shape.of(1, 1, 1), 3, DType.F32));
            Map<String, Object> several = new LinkedHashMap<>();
            several.put("b", 4);
            several.put("c", Tensor.scalar(5));
            m.logDict(several);
        }));
        assertEquals(Map.of("a", 3.0, "b", 4.0, "c", 5.0), new LinkedHashMap<>(t.callbackMetrics()));
    }

    @Test
    void l12HalfPrecisionValuesAddUpInF32AndIntegersAreConvertedWithAWarning() {
        List<Tensor> data = BoringData.batches(300, 1, 32, 1);
        try (LogCapture log = new LogCapture()) {
            // 300 times 1 + 1/128 in bfloat16 arithmetic would stop growing at 256.
            EvaluationResult r = trainer(1, 1).limitValBatches(300).build().validate(validating((m, i) -> {
                m.log("half", Tensor.scalar(1.0078125).to(DType.BF16), Log.reduce("sum"));
                m.log("count", Tensor.scalar(3).to(DType.I64), Log.reduce("sum"));
                m.log("plain", 3, Log.reduce("sum"));
            }), data);
            assertEquals(300 * 1.0078125, r.metric("half"), 1e-3);
            assertEquals(900, r.metric("count"));
            assertEquals(900, r.metric("plain"));
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("float32")).count(), log.warnings().toString());
            assertTrue(log.warnings().stream().anyMatch(s -> s.contains("'count'") && s.contains("int64")));
        }
    }

    @Test
    void l13LoggedValuesDoNotKeepTheGraph() {
        Tensor[] logged = new Tensor[1];
        Trainer t = trainer(1, 2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor loss = super.trainingStep(batch, i);
                log("loss", loss);
                logged[0] = loss;
                return loss;
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                assertFalse(((Tensor) outputs.get("loss")).isGradRequired());
            }
        });
        assertTrue(logged[0].node().isStale() || logged[0].node().inputs().length == 0);
        assertTrue(Double.isFinite(t.callbackMetrics().get("loss")));
    }

    @Test
    void l14TheSameKeyTwiceInAHookAccumulates() {
        EvaluationResult r = trainer(1, 1).limitValBatches(2).build().validate(validating((m, i) -> {
            m.log("x", 1, Log.reduce("sum"));
            m.log("x", 10, Log.reduce("sum"));
        }));
        assertEquals(22, r.metric("x"));
    }

    @Test
    void l14TheSameKeyInTwoHooksIsTwoMetrics() {
        Trainer t = trainer(1, 2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("x", 1);
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainEpochEnd() {
                log("x", 5);
            }
        });
        assertEquals(5, t.callbackMetrics().get("x"));
    }

    @Test
    void l16ValuesOfTheEpochEndCarryNoLoaderAndAreInEachResult() {
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("loss", loader + 1.0);
                log("each", loader + 1.0, Log.onStep(), Log.onEpoch());
                return null;
            }

            @Override
            public void onValidationEpochEnd() {
                log("all", 7);
            }
        };
        Map<String, List<Tensor>> named = new LinkedHashMap<>();
        named.put("clean", BoringData.batches(2, 1, 32, 1));
        named.put("noisy", BoringData.batches(1, 1, 32, 1));
        Trainer t = trainer(1, 1).limitValBatches(5).build();
        EvaluationResult r = t.validate(model, Loaders.named(named), CheckpointChoice.CURRENT, false);
        assertEquals(List.of(Map.of("loss/clean", 1.0, "each_epoch/clean", 1.0, "all", 7.0), Map.of("loss/noisy", 2.0, "each_epoch/noisy", 2.0, "all", 7.0)),
                r.perLoader());
        assertEquals(List.of("clean", "noisy"), r.loaders());
        assertEquals(new TreeSet<>(List.of("loss/clean", "loss/noisy", "each/clean", "each/noisy", "each_epoch/clean", "each_epoch/noisy", "all")),
                new TreeSet<>(t.callbackMetrics().keySet()));
    }

    @Test
    void l18MetricObjectsCanReportStepsToo() {
        Trainer t = trainer(1, 3).build();
        t.fit(new BoringModel() {
            final MeanMetric mean = new MeanMetric();

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                mean.update(Tensor.scalar(i * 2.0));
                log("m", mean, Log.onStep(), Log.onEpoch());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(2.0, t.callbackMetrics().get("m_epoch"));
        assertEquals(2.0, t.callbackMetrics().get("m_step"));
    }

    @Test
    void l19TheXAxisCountsBatchesThatSteppedAndEpochValuesTakeTheLast() {
        trainer(3, 4).accumulateGradBatches(3).build().fit(training((m, i) -> m.log("x", i, Log.onStep(), Log.onEpoch())));
        // Batches 2 and 3 of each epoch step: 0 1 | 2 3 | 4 5.
        assertEquals(List.of(0L, 1L, 1L, 2L, 3L, 3L, 4L, 5L, 5L), rows.stream().map(Row::step).toList());
    }

    @Test
    void l19SeveralOptimizersCountABatchOnce() {
        trainer(1, 3).build().fit(new BoringModel() {
            {
                automaticOptimization(false);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                for (int k = 0; k < 2; k++) {
                    optimizer(k).zeroGrad();
                    manualBackward(loss(forward(batch)));
                    optimizer(k).step();
                }
                log("x", i);
                return null;
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new dev.levin.optim.SGD(parameters(), 0.1), new dev.levin.optim.SGD(parameters(), 0.1));
            }
        });
        assertEquals(List.of(0L, 1L, 2L), rows.stream().map(Row::step).toList());
    }

    @Test
    void l19EvaluationStepsHaveACounterOfTheirOwnThatGoesOn() {
        trainer(2, 1).limitValBatches(2).build().fit(validating((m, i) -> m.log("v", i, Log.onStep(), Log.onEpoch(false))));
        assertEquals(List.of(0L, 1L, 2L, 3L), rows.stream().map(Row::step).toList());
        assertTrue(rows.stream().noneMatch(r -> r.values.containsKey("epoch")));
    }

    @Test
    void l19EpochValuesOfValidationTakeTheTrainingStep() {
        trainer(2, 3).limitValBatches(2).valCheckInterval(1).build().fit(validating((m, i) -> m.log("v", i)));
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), rows.stream().map(Row::step).toList());
    }

    @Test
    void l20AnEpochOfOnesOwnIsKept() {
        trainer(1, 1).build().fit(training((m, i) -> m.log("epoch", 12)));
        assertEquals(List.of(new Row(Map.of("epoch", 12.0), 0)), rows);
    }

    @Test
    void l22EveryRowIsFollowedBySave() {
        trainer(1, 2).limitValBatches(1).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("x", i);
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("v", i);
                return null;
            }
        });
        assertEquals(List.of("row", "save", "row", "save", "row", "save"), saves);
    }

    @Test
    void l24MetricsOfAnEpochStartAnew() {
        List<Double> sums = new ArrayList<>();
        Trainer t = trainer(3, 2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("n", 1, Log.onStep(false), Log.onEpoch(), Log.reduce("sum"));
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainEpochStart() {
                sums.add(trainer().callbackMetrics().getOrDefault("n", -1.0));
            }
        });
        assertEquals(List.of(-1.0, 2.0, 2.0), sums);
        assertEquals(2, t.callbackMetrics().get("n"));
    }

    @Test
    void l25LoggingThatGoesNowhere() {
        try (LogCapture log = new LogCapture()) {
            Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(0).build()
                    .fit(training((m, i) -> m.log("x", i, Log.toLogger())));
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("'x'") && s.contains("has none")).count());
        }
        try (LogCapture log = new LogCapture()) {
            new BoringModel().log("x", 1);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("no Trainer is attached")).count());
        }
        BoringModel m = new BoringModel();
        Trainer t = trainer(1, 1).build();
        t.fit(m);
        try (LogCapture log = new LogCapture()) {
            m.log("x", 1);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("outside of a run")).count());
        }
        MetricLog outside = new MetricLog();
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> outside.log(null, "x", 1.0));
        assertTrue(e.getMessage().contains("hooks"), e.getMessage());
    }

    @Test
    void l26CallbacksLogByTheRulesOfTheirHook() {
        Trainer t = trainer(1, 2).callbacks(new Callback() {
            @Override
            public void onTrainBatchEnd(Trainer tr, LightningModule<?> m, Map<String, ?> outputs, Object batch, int i) {
                m.log("batch", i);
            }

            @Override
            public void onTrainEpochEnd(Trainer tr, LightningModule<?> m) {
                m.log("epoch_value", 9);
            }
        }).build();
        t.fit(new BoringModel());
        assertEquals(List.of(new Row(Map.of("batch", 0.0, "epoch", 0.0), 0), new Row(Map.of("batch", 1.0, "epoch", 0.0), 1),
                new Row(Map.of("epoch_value", 9.0, "epoch", 0.0), 1)), rows);
        assertThrows(MisconfigurationException.class, () -> trainer(1, 1).callbacks(new Callback() {
            @Override
            public void onFitEnd(Trainer tr, LightningModule<?> m) {
                m.log("x", 1);
            }
        }).build().fit(new BoringModel()));
    }

    @Test
    void l27SlashesAreKept() {
        trainer(1, 1).build().fit(training((m, i) -> m.log("train/loss", 2)));
        assertEquals(List.of(new Row(Map.of("train/loss", 2.0, "epoch", 0.0), 0)), rows);
    }

    @Test
    void l28BarValuesAreReadWhenSomeoneLooks() {
        int[] reads = new int[1];
        MetricMap map = new MetricMap();
        map.set("x", new MetricValue(() -> {
            reads[0]++;
            return 4.0;
        }, 0, 0));
        assertEquals(List.of("x"), List.copyOf(map.keySet()));
        assertTrue(map.containsKey("x"));
        assertEquals(0, reads[0]);
        assertEquals(4.0, map.get("x"));
        assertEquals(1, reads[0]);
    }

    @Test
    void l29ResultsAreTheEpochValuesThatLoggersGot() {
        EvaluationResult r = trainer(1, 1).limitTestBatches(2).build().test(new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("both", i, Log.onStep(), Log.onEpoch());
                log("step", i, Log.onStep(), Log.onEpoch(false));
                log("kept", i, Log.noLogger());
                return null;
            }
        });
        assertEquals(List.of(Map.of("both_epoch", 0.5)), r.perLoader());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> r.metric("other"));
        assertTrue(e.getMessage().contains("both_epoch"), e.getMessage());
    }
}
