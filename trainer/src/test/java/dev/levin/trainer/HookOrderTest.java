package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole order of hooks, written when each returns: the lists H-1 to H-8 of the reference. */
class HookOrderTest {
    @TempDir
    Path dir;

    private final List<String> calls = new ArrayList<>();

    private TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).defaultRootDir(dir)
                .callbacks(RecordingCallback.of(calls), new SavingCallback(dir.resolve("saved.ckpt")));
    }

    private static List<String> transfer() {
        return List.of("onBeforeBatchTransfer", "transferBatchToDevice", "onAfterBatchTransfer");
    }

    private static Stream<String> trainBatch(int epoch, int i, boolean last) {
        return Stream.of(transfer().stream(), Stream.of(
                "CB.onTrainBatchStart(" + i + ")", "onTrainBatchStart(" + i + ")",
                "forward", "trainingStep(" + i + ")",
                "CB.onBeforeZeroGrad", "onBeforeZeroGrad", "optimizerZeroGrad(" + epoch + ", " + i + ")",
                "CB.onBeforeBackward", "onBeforeBackward", "backward", "CB.onAfterBackward", "onAfterBackward",
                "CB.onBeforeOptimizerStep", "onBeforeOptimizerStep",
                "clipGradients", "configureGradientClipping",
                "optimizerStep(" + epoch + ", " + i + ")"),
                last ? Stream.of("lrSchedulerStep") : Stream.<String>of(),
                Stream.of("CB.onTrainBatchEnd(" + i + ")", "onTrainBatchEnd(" + i + ")[loss]")).flatMap(s -> s);
    }

    /** Start, batches and end of validation or test; {@code X} is Validation or Test. */
    private static List<String> evaluation(String x, boolean modelTrain) {
        List<String> all = new ArrayList<>(List.of("eval", "on" + x + "ModelEval", "CB.on" + x + "Start", "on" + x + "Start",
                "CB.on" + x + "EpochStart", "on" + x + "EpochStart"));
        for (int i = 0; i < 2; i++) {
            all.addAll(transfer());
            all.addAll(List.of("CB.on" + x + "BatchStart(" + i + ")", "on" + x + "BatchStart(" + i + ")", "forward",
                    x.toLowerCase(java.util.Locale.ROOT) + "Step(" + i + ")", "CB.on" + x + "BatchEnd(" + i + ")", "on" + x + "BatchEnd(" + i + ")"));
        }
        all.addAll(List.of("CB.on" + x + "EpochEnd", "on" + x + "EpochEnd", "CB.on" + x + "End", "on" + x + "End"));
        if (modelTrain) {
            all.add("on" + x + "ModelTrain");
        }
        return all;
    }

    private static List<String> saved(int epoch, int step) {
        return List.of("CB.stateDict", "CB.onSaveCheckpoint", "onSaveCheckpoint(epoch " + epoch + ", step " + step + ")");
    }

    private static void compare(List<String> expected, List<String> actual) {
        assertEquals(String.join("\n", expected), String.join("\n", actual));
    }

    @Test
    void case1H1FitOneEpochOfTwoBatchesWithValidation() {
        trainer().maxEpochs(1).build().fit(new RecordingModel(calls));
        List<String> expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(fit)", "setup(fit)", "configureModel",
                "configureOptimizers", "CB.onFitStart", "onFitStart", "zeroGrad",
                "CB.onSanityCheckStart", "valDataloader"));
        expected.addAll(evaluation("Validation", true));
        expected.add("CB.onSanityCheckEnd");
        expected.addAll(List.of("trainDataloader", "CB.onTrainStart", "onTrainStart", "CB.onTrainEpochStart", "onTrainEpochStart"));
        trainBatch(0, 0, false).forEach(expected::add);
        trainBatch(0, 1, true).forEach(expected::add);
        expected.addAll(List.of("zeroGrad", "onValidationModelZeroGrad"));
        expected.addAll(evaluation("Validation", true));
        expected.addAll(List.of("CB.onTrainEpochEnd", "onTrainEpochEnd"));
        expected.addAll(saved(0, 2));
        expected.addAll(List.of("CB.onTrainEnd", "onTrainEnd", "CB.onFitEnd", "onFitEnd", "CB.teardown(fit)", "teardown(fit)"));
        compare(expected, calls);
    }

    @Test
    void case1H2ManualOptimization() {
        var model = new RecordingModel(calls) {
            {
                automaticOptimization(false);
            }

            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                ManualOptimizer optimizer = optimizer(0);
                optimizer.zeroGrad();
                manualBackward(loss(forward(batch)));
                optimizer.step();
                calls.add("trainingStep(" + i + ")");
                return null;
            }
        };
        model.trainBatches = 1;
        trainer().maxEpochs(1).limitValBatches(0).build().fit(model);
        List<String> batch = calls.subList(calls.indexOf("onTrainEpochStart") + 1, calls.indexOf("CB.onTrainEpochEnd"));
        List<String> expected = new ArrayList<>(transfer());
        expected.addAll(List.of("CB.onTrainBatchStart(0)", "onTrainBatchStart(0)", "forward",
                "CB.onBeforeBackward", "onBeforeBackward", "backward", "CB.onAfterBackward", "onAfterBackward",
                "CB.onBeforeOptimizerStep", "onBeforeOptimizerStep", "trainingStep(0)", "CB.onTrainBatchEnd(0)", "onTrainBatchEnd(0)[]"));
        compare(expected, batch);
    }

    @Test
    void case2H3ResumeFromTheEndOfAnEpoch() {
        trainer().maxEpochs(1).limitValBatches(0).build().fit(new RecordingModel(calls));
        calls.clear();
        trainer().maxEpochs(2).limitValBatches(0).build().fit(new RecordingModel(calls), Resume.from(dir.resolve("saved.ckpt")));
        List<String> expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(fit)", "setup(fit)", "configureModel",
                "onLoadCheckpoint(epoch 0, step 2)", "CB.onLoadCheckpoint", "CB.loadStateDict", "configureOptimizers", "CB.onFitStart", "onFitStart",
                "zeroGrad", "trainDataloader", "CB.onTrainStart", "onTrainStart", "CB.onTrainEpochStart", "onTrainEpochStart"));
        trainBatch(1, 0, false).forEach(expected::add);
        trainBatch(1, 1, true).forEach(expected::add);
        expected.addAll(List.of("CB.onTrainEpochEnd", "onTrainEpochEnd"));
        expected.addAll(saved(1, 4));
        expected.addAll(List.of("CB.onTrainEnd", "onTrainEnd", "CB.onFitEnd", "onFitEnd", "CB.teardown(fit)", "teardown(fit)"));
        compare(expected, calls);
    }

    @Test
    void case3H4ResumeInTheMiddleOfAnEpoch() {
        var first = new RecordingModel(calls);
        first.trainBatches = 4;
        trainer().maxSteps(1).limitValBatches(0).build().fit(first);
        calls.clear();
        var second = new RecordingModel(calls);
        second.trainBatches = 4;
        trainer().maxSteps(3).limitValBatches(0).build().fit(second, Resume.from(dir.resolve("saved.ckpt")));
        List<String> expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(fit)", "setup(fit)", "configureModel",
                "onLoadCheckpoint(epoch 0, step 1)", "CB.onLoadCheckpoint", "CB.loadStateDict", "configureOptimizers", "CB.onFitStart", "onFitStart",
                "zeroGrad", "trainDataloader", "CB.onTrainStart", "onTrainStart"));
        trainBatch(0, 1, false).forEach(expected::add);
        trainBatch(0, 2, false).forEach(expected::add);
        expected.addAll(List.of("CB.onTrainEpochEnd", "onTrainEpochEnd"));
        expected.addAll(saved(0, 3));
        expected.addAll(List.of("CB.onTrainEnd", "onTrainEnd", "CB.onFitEnd", "onFitEnd", "CB.teardown(fit)", "teardown(fit)"));
        compare(expected, calls);
    }

    @Test
    void case4H5ValidateAndTest() {
        Trainer t = trainer().build();
        t.validate(new RecordingModel(calls));
        List<String> expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(validate)", "setup(validate)", "configureModel",
                "zeroGrad", "valDataloader"));
        expected.addAll(evaluation("Validation", true));
        expected.addAll(List.of("CB.teardown(validate)", "teardown(validate)"));
        compare(expected, calls);

        calls.clear();
        t.test(new RecordingModel(calls));
        expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(test)", "setup(test)", "configureModel", "zeroGrad",
                "testDataloader"));
        expected.addAll(evaluation("Test", false));
        expected.addAll(List.of("CB.teardown(test)", "teardown(test)"));
        compare(expected, calls);
    }

    @Test
    void case4H5WithoutBatchesNoLoaderIsAskedFor() {
        trainer().limitTestBatches(0).build().test(new RecordingModel(calls));
        compare(List.of("configureCallbacks", "prepareData", "CB.setup(test)", "setup(test)", "configureModel", "zeroGrad", "CB.teardown(test)",
                "teardown(test)"), calls);
    }

    @Test
    void case4H6Predict() {
        trainer().build().predict(new RecordingModel(calls)).drain();
        List<String> expected = new ArrayList<>(List.of("configureCallbacks", "prepareData", "CB.setup(predict)", "setup(predict)", "configureModel",
                "zeroGrad", "predictDataloader", "eval", "onPredictModelEval", "CB.onPredictStart", "onPredictStart", "CB.onPredictEpochStart",
                "onPredictEpochStart"));
        for (int i = 0; i < 2; i++) {
            expected.addAll(transfer());
            expected.addAll(List.of("CB.onPredictBatchStart(" + i + ")", "onPredictBatchStart(" + i + ")", "forward", "predictStep(" + i + ")",
                    "CB.onPredictBatchEnd(" + i + ")", "onPredictBatchEnd(" + i + ")"));
        }
        expected.addAll(List.of("CB.onPredictEpochEnd", "onPredictEpochEnd", "CB.onPredictEnd", "onPredictEnd", "CB.teardown(predict)", "teardown(predict)"));
        compare(expected, calls);
    }

    @Test
    void case5H7DataModule() {
        var data = new RecordingData();
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).limitTestBatches(2)
                .limitPredictBatches(2).callbacks(new SavingCallback(dir.resolve("data.ckpt"))).build();
        var model = new BoringModel();
        t.fit(model, data);
        compare(List.of("prepareData", "setup(fit)", "valDataloader", "trainDataloader", "stateDict", "teardown(fit)"), data.calls);
        data.calls.clear();
        t.validate(model, data);
        compare(List.of("prepareData", "setup(validate)", "valDataloader", "teardown(validate)"), data.calls);
        data.calls.clear();
        t.test(model, data);
        compare(List.of("prepareData", "setup(test)", "testDataloader", "teardown(test)"), data.calls);
        data.calls.clear();
        t.predict(model, data).drain();
        compare(List.of("prepareData", "setup(predict)", "predictDataloader", "teardown(predict)"), data.calls);
    }

    private static final class RecordingData extends DataModule<Tensor> {
        final List<String> calls = new ArrayList<>();

        private List<Tensor> loader(String name) {
            calls.add(name);
            return BoringData.batches();
        }

        @Override
        public void prepareData() {
            calls.add("prepareData");
        }

        @Override
        public void setup(Stage stage) {
            calls.add("setup(" + stage.key() + ")");
        }

        @Override
        public void teardown(Stage stage) {
            calls.add("teardown(" + stage.key() + ")");
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            return loader("trainDataloader");
        }

        @Override
        public Iterable<Tensor> valDataloader() {
            return loader("valDataloader");
        }

        @Override
        public Iterable<Tensor> testDataloader() {
            return loader("testDataloader");
        }

        @Override
        public Iterable<Tensor> predictDataloader() {
            return loader("predictDataloader");
        }

        @Override
        public Map<String, Object> stateDict() {
            calls.add("stateDict");
            return Map.of();
        }
    }

    /** Notes when optimizer.step(closure) is entered, and what happens inside. */
    private List<String> order(int accumulate) {
        List<String> order = new ArrayList<>();
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                order.add("training_step");
                return super.trainingStep(batch, i);
            }

            @Override
            public void backward(Tensor loss) {
                order.add("backward");
                super.backward(loss);
            }

            @Override
            public void optimizerZeroGrad(int epoch, int i, dev.levin.optim.Optimizer o) {
                order.add("zero_grad");
                super.optimizerZeroGrad(epoch, i, o);
            }

            @Override
            public void optimizerStep(int epoch, int i, dev.levin.optim.Optimizer o, Supplier<Tensor> closure) {
                order.add("step");
                super.optimizerStep(epoch, i, o, closure);
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new SGD(parameters(), 0.1));
            }

            @Override
            public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
                order.add("|");
            }
        };
        Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(5).limitValBatches(0).accumulateGradBatches(accumulate).build()
                .fit(model);
        return order;
    }

    @Test
    void case6H8AccumulationStepsAtTheEndOfEachWindowAndOfTheEpoch() {
        assertEquals("training_step zero_grad backward | training_step backward | step training_step backward | "
                + "training_step zero_grad backward | step training_step backward |", String.join(" ", order(3)));
        assertEquals("step training_step zero_grad backward | ".repeat(5).trim(), String.join(" ", order(1)));
    }

    @Test
    void hooksThatNobodyOverridesAreNotDispatched() {
        var hooks = new HookRunner();
        hooks.resolve(List.of(new SavingCallback(dir)), new BoringModel(), null);
        List<Callback> asked = new ArrayList<>();
        hooks.callbacks(Hook.ON_TRAIN_BATCH_END, asked::add);
        assertEquals(List.of(), asked);
        hooks.callbacks(Hook.ON_TRAIN_EPOCH_END, asked::add);
        assertFalse(asked.isEmpty());
    }
}
