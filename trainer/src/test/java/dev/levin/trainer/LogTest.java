package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.metrics.ConfusionMatrix;
import dev.levin.metrics.MeanMetric;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of {@code log}: the table of hooks, and cases 72 to 82 of the reference. */
class LogTest {
    private record Row(Map<String, Double> values, long step) {}

    private final List<Row> rows = new ArrayList<>();
    private final Logger logger = (values, step) -> rows.add(new Row(values, step));

    private TrainerBuilder trainer(int epochs, int batches) {
        return Trainer.builder().accelerator("cpu").logger(logger).maxEpochs(epochs).limitTrainBatches(batches).limitValBatches(batches)
                .limitTestBatches(batches).logEveryNSteps(1).numSanityValSteps(0);
    }

    // ---- the table ------------------------------------------------------------------------------------------------------

    @Test
    void everyHookOfModulesAndCallbacksIsInTheTable() {
        Set<String> listed = Arrays.stream(Hook.values()).map(Hook::method).collect(Collectors.toCollection(TreeSet::new));
        Set<String> notHooks = Set.of("order", "stateKey");
        for (Method m : Callback.class.getMethods()) {
            if (m.getDeclaringClass() == Callback.class && !notHooks.contains(m.getName())) {
                assertTrue(listed.contains(m.getName()), "Callback." + m.getName());
            }
        }
        for (Method m : LightningModule.class.getDeclaredMethods()) {
            if (m.getName().startsWith("on") && java.lang.reflect.Modifier.isPublic(m.getModifiers())) {
                assertTrue(listed.contains(m.getName()), "LightningModule." + m.getName());
            }
        }
    }

    /** Calls log from a hook of the given name, whatever its kind. */
    private void logIn(Hook hook, Log... wishes) {
        MetricLog log = new MetricLog();
        log.start(List.of(logger), dev.levin.type.Device.CPU);
        if (Set.of("Validation", "Test").stream().anyMatch(s -> hook.method().contains(s) || hook.method().equals(s.toLowerCase(java.util.Locale.ROOT) + "Step"))) {
            log.evaluationStarts();
        }
        log.log(hook, "value", 1.0, wishes);
    }

    @ParameterizedTest
    @EnumSource(Hook.class)
    void eachHookAllowsWhatTheTableSays(Hook hook) {
        LogRule rule = hook.rule();
        if (!rule.allowed()) {
            MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> logIn(hook));
            assertTrue(e.getMessage().contains(hook.method()) && e.getMessage().contains("logger"), e.getMessage());
            return;
        }
        logIn(hook);
        logIn(hook, Log.onEpoch());
        if (rule.stepAllowed()) {
            logIn(hook, Log.onStep(), Log.onEpoch());
        } else {
            MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> logIn(hook, Log.onStep()));
            assertTrue(e.getMessage().contains(hook.method()), e.getMessage());
        }
        assertThrows(MisconfigurationException.class, () -> logIn(hook, Log.onStep(false), Log.onEpoch(false)));
    }

    @Test
    void theTableIsThatOfTheReference() {
        Map<LogRule, Set<String>> byRule = new LinkedHashMap<>();
        for (Hook h : Hook.values()) {
            byRule.computeIfAbsent(h.rule(), r -> new TreeSet<>()).add(h.method());
        }
        assertEquals(new TreeSet<>(Set.of("trainingStep", "onTrainBatchStart", "onTrainBatchEnd", "onBeforeBackward", "onAfterBackward", "backward",
                "onBeforeZeroGrad", "optimizerZeroGrad", "onBeforeOptimizerStep", "optimizerStep", "configureGradientClipping", "clipGradients")),
                byRule.get(LogRule.BY_STEP));
        assertEquals(new TreeSet<>(Set.of("validationStep", "testStep", "onValidationBatchStart", "onValidationBatchEnd", "onTestBatchStart",
                "onTestBatchEnd")), byRule.get(LogRule.BY_EPOCH));
        assertEquals(new TreeSet<>(Set.of("onTrainStart", "onTrainEpochStart", "onTrainEpochEnd", "onValidationStart", "onValidationEpochStart",
                "onValidationEpochEnd", "onTestStart", "onTestEpochStart", "onTestEpochEnd")), byRule.get(LogRule.EPOCH_ONLY));
    }

    // ---- names and maps -------------------------------------------------------------------------------------------------

    @Test
    void case72KeysOfTheTrainingStep() {
        Trainer t = trainer(2, 2).limitValBatches(0).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor loss = super.trainingStep(batch, i);
                log("default", loss);
                log("l_s", loss, Log.onStep());
                log("l_e", loss, Log.onStep(false), Log.onEpoch());
                log("l_se", loss, Log.onStep(), Log.onEpoch());
                log("p_s", loss, Log.onProgressBar(), Log.noLogger());
                log("p_e", loss, Log.onProgressBar(), Log.noLogger(), Log.onStep(false), Log.onEpoch());
                log("p_se", loss, Log.onProgressBar(), Log.noLogger(), Log.onStep(), Log.onEpoch());
                return loss;
            }
        });
        Set<String> logged = Set.of("default", "l_s", "l_e", "l_se_step", "l_se_epoch");
        Set<String> bar = Set.of("p_s", "p_e", "p_se_step", "p_se_epoch");
        assertEquals(logged, t.loggedMetrics().keySet());
        assertEquals(bar, t.progressBarMetrics().keySet());
        Set<String> all = new HashSet<>(logged);
        all.addAll(bar);
        all.addAll(Set.of("l_se", "p_se"));
        assertEquals(all, t.callbackMetrics().keySet());
        assertEquals(t.callbackMetrics().get("l_se_epoch"), t.callbackMetrics().get("l_se"));
    }

    @Test
    void case74StepsAndEpochsOfEachRow() {
        trainer(2, 2).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("foo", 100.0 * currentEpoch() + i, Log.onStep(), Log.onEpoch());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of(new Row(Map.of("foo_step", 0.0, "epoch", 0.0), 0), new Row(Map.of("foo_step", 1.0, "epoch", 0.0), 1),
                new Row(Map.of("foo_epoch", 0.5, "epoch", 0.0), 1), new Row(Map.of("foo_step", 100.0, "epoch", 1.0), 2),
                new Row(Map.of("foo_step", 101.0, "epoch", 1.0), 3), new Row(Map.of("foo_epoch", 100.5, "epoch", 1.0), 3)), rows);
    }

    @Test
    void case74LoggedOnTrainStartOnce() {
        trainer(2, 1).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public void onTrainStart() {
                log("foo", 123);
            }
        });
        assertEquals(List.of(new Row(Map.of("foo", 123.0, "epoch", 0.0), 0)), rows);
    }

    @Test
    void case76TrainingAndValidationTogether() {
        Trainer t = trainer(2, 2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor loss = super.trainingStep(batch, i);
                log("a", loss, Log.onStep(), Log.onEpoch());
                log("a2", 2);
                return loss;
            }

            @Override
            public void validationStep(Tensor batch, int i) {
                log("b", loss(forward(batch)), Log.onStep(), Log.onEpoch());
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                validationStep(batch, i);
                return null;
            }
        });
        Set<String> logged = new HashSet<>(t.loggedMetrics().keySet());
        logged.remove("b_step");
        assertEquals(Set.of("a2", "a_step", "a_epoch", "b_epoch"), logged);
        assertEquals(Set.of("a", "a2", "b", "a_epoch", "b_epoch", "a_step"), t.callbackMetrics().keySet());
    }

    @Test
    void case78SeveralLoadersCarryTheirName() {
        var model = new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("foo", loader + 1.0);
                return null;
            }

            @Override
            public void onTestEpochEnd() {
                log("foobar", 3);
            }

            @Override
            public Loaders<Tensor> testDataloaders() {
                return Loaders.list(List.of(BoringData.batches(), BoringData.batches()));
            }
        };
        assertEquals(List.of(Map.of("foo/dataloader_idx_0", 1.0, "foobar", 3.0), Map.of("foo/dataloader_idx_1", 2.0, "foobar", 3.0)),
                trainer(1, 2).build().test(model).perLoader());
        Map<String, List<Tensor>> named = new LinkedHashMap<>();
        named.put("clean", BoringData.batches());
        named.put("noisy", BoringData.batches());
        assertEquals(List.of(Map.of("foo/clean", 1.0, "foobar", 3.0), Map.of("foo/noisy", 2.0, "foobar", 3.0)),
                trainer(1, 2).build().test(model, Loaders.named(named), CheckpointChoice.CURRENT).perLoader());
    }

    @Test
    void case78WithoutLoaderNamesAndForked() {
        var model = new BoringModel() {
            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("bare_" + loader, loader, Log.noLoaderName());
                log("test_loss", 1.0 + loader, Log.onStep(), Log.onEpoch());
                return null;
            }

            @Override
            public Loaders<Tensor> testDataloaders() {
                return Loaders.list(List.of(BoringData.batches(), BoringData.batches()));
            }
        };
        assertEquals(List.of(Map.of("bare_0", 0.0, "test_loss_epoch/dataloader_idx_0", 1.0), Map.of("bare_1", 1.0, "test_loss_epoch/dataloader_idx_1", 2.0)),
                trainer(1, 2).build().test(model).perLoader());
        assertEquals(List.of(0L, 1L, 0L, 1L), rows.stream().filter(r -> r.values.keySet().stream().anyMatch(k -> k.startsWith("test_loss_step")))
                .map(Row::step).toList());
        assertTrue(rows.stream().filter(r -> r.values.keySet().stream().anyMatch(k -> k.startsWith("test_loss_step"))).noneMatch(
                r -> r.values.containsKey("epoch")));
    }

    // ---- mistakes ---------------------------------------------------------------------------------------------------------

    private void inStep(java.util.function.Consumer<LightningModule<Tensor>> body) {
        trainer(1, 1).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                body.accept(this);
                return super.trainingStep(batch, i);
            }
        });
    }

    @Test
    void case80WhatCantBeLogged() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("null", null);
        values.put("text", "foo");
        values.put("list", List.of(1));
        values.put("nested", Map.of("a", 1));
        values.put("array", new double[] {1});
        values.forEach((k, v) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put(k, v);
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> inStep(m -> m.logDict(one)));
            assertTrue(e.getMessage().contains("log(\"" + k), e.getMessage());
        });
        IllegalArgumentException two = assertThrows(IllegalArgumentException.class, () -> inStep(m -> m.log("two", Tensor.ones(2))));
        assertTrue(two.getMessage().contains("mean()") && two.getMessage().contains("[2]"), two.getMessage());
        assertThrows(MisconfigurationException.class, () -> inStep(m -> m.log("a/dataloader_idx_0", 1)));
        assertThrows(MisconfigurationException.class, () -> inStep(m -> m.log("a", 1, Log.reduce("argmax"))));
        assertThrows(MisconfigurationException.class, () -> inStep(m -> {
            m.log("a", 1);
            m.log("a", 1, Log.onEpoch());
        }));
        inStep(m -> {
            m.log("a", Tensor.full(dev.levin.type.Shape.of(1, 1), 2, dev.levin.type.DType.F32));
            m.log("a", 4);
        });
    }

    @Test
    void case80SanityValuesAreThrownAway() {
        Set<String> seen = new HashSet<>();
        trainer(1, 2).numSanityValSteps(2).build().fit(new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("val", 1);
                return null;
            }

            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                if (i == 0) {
                    seen.addAll(trainer().callbackMetrics().keySet());
                    seen.addAll(trainer().loggedMetrics().keySet());
                }
                return Flow.CONTINUE;
            }
        });
        assertEquals(Set.of(), seen);
        assertEquals(1, rows.size());
    }

    @Test
    void case80SumOverTheEpochInFourHooks() {
        Trainer t = trainer(1, 3).limitValBatches(0).build();
        t.fit(new BoringModel() {
            @Override
            public Flow onTrainBatchStart(Tensor batch, int i) {
                log("start", 1, Log.onStep(false), Log.onEpoch(), Log.reduce("sum"));
                return Flow.CONTINUE;
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("step", Tensor.scalar(1), Log.onStep(false), Log.onEpoch(), Log.reduce("sum"));
                return super.trainingStep(batch, i);
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                log("end", Tensor.scalar(1), Log.onStep(false), Log.onEpoch(), Log.reduce("sum"));
                log("max", i, Log.onStep(false), Log.onEpoch(), Log.reduce("MAX"));
                log("min", Tensor.scalar(i + 2), Log.onStep(false), Log.onEpoch(), Log.reduce("min"));
            }

            @Override
            public void onAfterBackward() {
                log("backward", 1, Log.onStep(false), Log.onEpoch(), Log.reduce("sum"));
            }
        });
        for (String k : List.of("start", "step", "end", "backward")) {
            assertEquals(3, t.callbackMetrics().get(k), k);
        }
        assertEquals(2, t.callbackMetrics().get("max"));
        assertEquals(2, t.callbackMetrics().get("min"));
    }

    @Test
    void case81MetricsAreResetBeforeEachTask() {
        Trainer t = trainer(1, 2).build();
        List<String> dirty = new ArrayList<>();
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("train", 1, Log.onProgressBar());
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("val", 1, Log.onProgressBar());
                return null;
            }

            @Override
            public Object testStepOutput(Tensor batch, int i, int loader) {
                log("test", 1, Log.onProgressBar());
                return null;
            }

            private void look(String where) {
                Trainer u = trainer();
                if (!u.callbackMetrics().isEmpty() || !u.loggedMetrics().isEmpty() || !u.progressBarMetrics().isEmpty()) {
                    dirty.add(where);
                }
            }

            @Override
            public void onTrainStart() {
                look("fit");
            }

            @Override
            public void onValidationStart() {
                if (!trainer().isSanityChecking() && trainer().stage() == Stage.VALIDATE) {
                    look("validate");
                }
            }

            @Override
            public void onTestStart() {
                look("test");
            }
        };
        t.fit(model);
        t.validate(model);
        t.test(model);
        t.fit(model);
        assertEquals(List.of(), dirty);
    }

    @Test
    void case82WeightsBySizeOfTheBatch() {
        var model = new BoringModel() {
            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("v", Tensor.scalar(i == 0 ? 1.0 : 5.0));
                log("w", i == 0 ? 1.0 : 5.0);
                log("given", i == 0 ? 1.0 : 5.0, Log.batchSize(1));
                return null;
            }
        };
        List<Tensor> sizes = List.of(BoringData.batches(1, 3, 32, 1).getFirst(), BoringData.batches(1, 1, 32, 2).getFirst());
        assertEquals(Map.of("v", 2.0, "w", 2.0, "given", 3.0), trainer(1, 2).build().validate(model, sizes).metrics());
    }

    @Test
    void case82OneProcess() {
        // Three batches; v = 1 and c = 2 in each: sums 3 and 6, mean 1, the largest index 2.
        Trainer t = trainer(1, 3).limitValBatches(0).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                Tensor v = Tensor.scalar(1);
                log("step_sum", v, Log.reduce("sum"), Log.syncDist());
                log("c_epoch", Tensor.scalar(2), Log.onStep(false), Log.onEpoch(), Log.reduce("sum"), Log.syncDist());
                log("v_sum", v, Log.onStep(false), Log.onEpoch(), Log.reduce("sum"), Log.syncDist());
                log("v_mean", v, Log.onStep(false), Log.onEpoch(), Log.syncDist());
                log("index_max", Tensor.scalar(i), Log.onStep(false), Log.onEpoch(), Log.reduce("max"), Log.syncDist());
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of(1.0, 6.0, 3.0, 1.0, 2.0), List.of("step_sum", "c_epoch", "v_sum", "v_mean", "index_max").stream()
                .map(k -> t.callbackMetrics().get(k)).toList());
    }

    @Test
    void metricObjectsAreComputedAtTheEndAndReset() {
        List<Double> perEpoch = new ArrayList<>();
        trainer(2, 3).build().fit(new BoringModel() {
            final MeanMetric mean = new MeanMetric();

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                mean.update(Tensor.scalar(i + 10.0 * currentEpoch()));
                log("mean", mean);
                return null;
            }

            @Override
            public void onTrainEpochEnd() {
                perEpoch.add(trainer().callbackMetrics().get("mean"));
            }
        });
        assertEquals(List.of(1.0, 11.0), perEpoch);
    }

    @Test
    void metricsOfSeveralValuesSayWhatToDo() {
        Trainer t = trainer(1, 2).build();
        MisconfigurationException e = assertThrows(MisconfigurationException.class, () -> t.fit(new BoringModel() {
            final ConfusionMatrix matrix = new ConfusionMatrix(2);

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                matrix.update(Tensor.of(new long[] {0, 1}), Tensor.of(new long[] {1, 1}));
                log("matrix", matrix);
                return null;
            }
        }));
        assertTrue(e.getMessage().contains("'matrix' computes a tensor of shape [2, 2]"), e.getMessage());
    }

    @Test
    void valuesRememberTheStepThatMadeThem() {
        Trainer t = trainer(3, 2).checkValEveryNEpoch(2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("train", 1);
                return super.trainingStep(batch, i);
            }

            @Override
            public Object validationStepOutput(Tensor batch, int i, int loader) {
                log("val", 1);
                return null;
            }
        });
        MetricValue val = t.callbackMetrics().value("val").orElseThrow();
        assertEquals(List.of(4L, 1L), List.of(val.step(), (long) val.epoch()));
        assertEquals(2, t.callbackMetrics().value("train").orElseThrow().epoch());
    }

    @Test
    void rowsOnlyEveryNStepsOrWhenAccumulationSteps() {
        trainer(1, 10).limitValBatches(0).logEveryNSteps(2).accumulateGradBatches(2).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("i", i);
                return super.trainingStep(batch, i);
            }
        });
        // Batches 1, 3, 5, 7, 9 step: logger steps 0 to 4; every second of them is sent.
        assertEquals(List.of(new Row(Map.of("i", 3.0, "epoch", 0.0), 1), new Row(Map.of("i", 7.0, "epoch", 0.0), 3)), rows);
    }

    @Test
    void aKeyNamedStepReplacesTheXAxis() {
        trainer(1, 1).limitValBatches(0).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                log("step", 77);
                log("x", 1);
                return super.trainingStep(batch, i);
            }
        });
        assertEquals(List.of(new Row(Map.of("x", 1.0, "epoch", 0.0), 77)), rows);
    }
}
