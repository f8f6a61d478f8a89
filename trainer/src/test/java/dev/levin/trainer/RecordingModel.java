package dev.levin.trainer;

import dev.levin.optim.Optimizer;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.Device;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A model that writes down every hook when it returns. */
class RecordingModel extends BoringModel {
    final List<String> calls;
    int trainBatches = 2;
    int valBatches = 2;

    RecordingModel(List<String> calls) {
        this.calls = calls;
    }

    private void did(String what) {
        calls.add(what);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor y = super.forward(x);
        did("forward");
        return y;
    }

    @Override
    public Tensor trainingStep(Tensor batch, int i) {
        Tensor t = super.trainingStep(batch, i);
        did("trainingStep(" + i + ")");
        return t;
    }

    @Override
    public Object validationStepOutput(Tensor batch, int i, int loader) {
        Object o = super.validationStepOutput(batch, i, loader);
        did("validationStep(" + i + ")");
        return o;
    }

    @Override
    public Object testStepOutput(Tensor batch, int i, int loader) {
        Object o = super.testStepOutput(batch, i, loader);
        did("testStep(" + i + ")");
        return o;
    }

    @Override
    public Object predictStep(Tensor batch, int i) {
        Object o = super.predictStep(batch, i);
        did("predictStep(" + i + ")");
        return o;
    }

    @Override
    public Optimizers configureOptimizers() {
        Optimizers o = super.configureOptimizers();
        did("configureOptimizers");
        return o;
    }

    @Override
    public List<Callback> configureCallbacks() {
        did("configureCallbacks");
        return List.of();
    }

    @Override
    public void configureModel() {
        did("configureModel");
    }

    @Override
    public void prepareData() {
        did("prepareData");
    }

    @Override
    public void setup(Stage stage) {
        did("setup(" + stage.key() + ")");
    }

    @Override
    public void teardown(Stage stage) {
        did("teardown(" + stage.key() + ")");
    }

    @Override
    public Iterable<Tensor> trainDataloader() {
        did("trainDataloader");
        return BoringData.batches().subList(0, trainBatches);
    }

    @Override
    public Iterable<Tensor> valDataloader() {
        did("valDataloader");
        return BoringData.batches().subList(0, valBatches);
    }

    @Override
    public Iterable<Tensor> testDataloader() {
        did("testDataloader");
        return BoringData.batches().subList(0, valBatches);
    }

    @Override
    public Iterable<Tensor> predictDataloader() {
        did("predictDataloader");
        return BoringData.batches().subList(0, valBatches);
    }

    @Override
    public Tensor onBeforeBatchTransfer(Tensor batch, int loader) {
        did("onBeforeBatchTransfer");
        return batch;
    }

    @Override
    public Tensor transferBatchToDevice(Tensor batch, Device device, int loader) {
        did("transferBatchToDevice");
        return super.transferBatchToDevice(batch, device, loader);
    }

    @Override
    public Tensor onAfterBatchTransfer(Tensor batch, int loader) {
        did("onAfterBatchTransfer");
        return batch;
    }

    @Override
    public BoringModel eval() {
        super.eval();
        did("eval");
        return this;
    }

    @Override
    public void zeroGrad() {
        super.zeroGrad();
        did("zeroGrad");
    }

    @Override
    public void onFitStart() {
        did("onFitStart");
    }

    @Override
    public void onFitEnd() {
        did("onFitEnd");
    }

    @Override
    public void onTrainStart() {
        did("onTrainStart");
    }

    @Override
    public void onTrainEnd() {
        did("onTrainEnd");
    }

    @Override
    public void onTrainEpochStart() {
        did("onTrainEpochStart");
    }

    @Override
    public void onTrainEpochEnd() {
        did("onTrainEpochEnd");
    }

    @Override
    public Flow onTrainBatchStart(Tensor batch, int i) {
        did("onTrainBatchStart(" + i + ")");
        return Flow.CONTINUE;
    }

    @Override
    public void onTrainBatchEnd(Map<String, ?> outputs, Tensor batch, int i) {
        did("onTrainBatchEnd(" + i + ")" + outputs.keySet());
    }

    @Override
    public void onValidationModelZeroGrad() {
        super.onValidationModelZeroGrad();
        did("onValidationModelZeroGrad");
    }

    @Override
    public void onValidationModelEval() {
        super.onValidationModelEval();
        did("onValidationModelEval");
    }

    @Override
    public void onValidationModelTrain() {
        super.onValidationModelTrain();
        did("onValidationModelTrain");
    }

    @Override
    public void onValidationStart() {
        did("onValidationStart");
    }

    @Override
    public void onValidationEnd() {
        did("onValidationEnd");
    }

    @Override
    public void onValidationEpochStart() {
        did("onValidationEpochStart");
    }

    @Override
    public void onValidationEpochEnd() {
        did("onValidationEpochEnd");
    }

    @Override
    public void onValidationBatchStart(Tensor batch, int i, int loader) {
        did("onValidationBatchStart(" + i + ")");
    }

    @Override
    public void onValidationBatchEnd(Object output, Tensor batch, int i, int loader) {
        did("onValidationBatchEnd(" + i + ")");
    }

    @Override
    public void onTestModelEval() {
        super.onTestModelEval();
        did("onTestModelEval");
    }

    @Override
    public void onTestStart() {
        did("onTestStart");
    }

    @Override
    public void onTestEnd() {
        did("onTestEnd");
    }

    @Override
    public void onTestEpochStart() {
        did("onTestEpochStart");
    }

    @Override
    public void onTestEpochEnd() {
        did("onTestEpochEnd");
    }

    @Override
    public void onTestBatchStart(Tensor batch, int i, int loader) {
        did("onTestBatchStart(" + i + ")");
    }

    @Override
    public void onTestBatchEnd(Object output, Tensor batch, int i, int loader) {
        did("onTestBatchEnd(" + i + ")");
    }

    @Override
    public void onPredictModelEval() {
        super.onPredictModelEval();
        did("onPredictModelEval");
    }

    @Override
    public void onPredictStart() {
        did("onPredictStart");
    }

    @Override
    public void onPredictEnd() {
        did("onPredictEnd");
    }

    @Override
    public void onPredictEpochStart() {
        did("onPredictEpochStart");
    }

    @Override
    public void onPredictEpochEnd() {
        did("onPredictEpochEnd");
    }

    @Override
    public void onPredictBatchStart(Tensor batch, int i, int loader) {
        did("onPredictBatchStart(" + i + ")");
    }

    @Override
    public void onPredictBatchEnd(Object output, Tensor batch, int i, int loader) {
        did("onPredictBatchEnd(" + i + ")");
    }

    @Override
    public void onBeforeZeroGrad(Optimizer optimizer) {
        did("onBeforeZeroGrad");
    }

    @Override
    public void optimizerZeroGrad(int epoch, int i, Optimizer optimizer) {
        super.optimizerZeroGrad(epoch, i, optimizer);
        did("optimizerZeroGrad(" + epoch + ", " + i + ")");
    }

    @Override
    public void onBeforeBackward(Tensor loss) {
        did("onBeforeBackward");
    }

    @Override
    public void backward(Tensor loss) {
        super.backward(loss);
        did("backward");
    }

    @Override
    public void onAfterBackward() {
        did("onAfterBackward");
    }

    @Override
    public void onBeforeOptimizerStep(Optimizer optimizer) {
        did("onBeforeOptimizerStep");
    }

    @Override
    public void clipGradients(Optimizer optimizer, Double value, GradientClipping algorithm) {
        super.clipGradients(optimizer, value, algorithm);
        did("clipGradients");
    }

    @Override
    public void configureGradientClipping(Optimizer optimizer, Double value, GradientClipping algorithm) {
        super.configureGradientClipping(optimizer, value, algorithm);
        did("configureGradientClipping");
    }

    @Override
    public void optimizerStep(int epoch, int i, Optimizer optimizer, Supplier<Tensor> closure) {
        super.optimizerStep(epoch, i, optimizer, closure);
        did("optimizerStep(" + epoch + ", " + i + ")");
    }

    @Override
    public void lrSchedulerStep(SchedulerConfig scheduler, Double metric) {
        super.lrSchedulerStep(scheduler, metric);
        did("lrSchedulerStep");
    }

    @Override
    public void onSaveCheckpoint(Map<String, Object> checkpoint) {
        did("onSaveCheckpoint(epoch " + checkpoint.get("epoch") + ", step " + checkpoint.get("global_step") + ")");
    }

    @Override
    public void onLoadCheckpoint(Map<String, Object> checkpoint) {
        did("onLoadCheckpoint(epoch " + checkpoint.get("epoch") + ", step " + checkpoint.get("global_step") + ")");
    }
}
