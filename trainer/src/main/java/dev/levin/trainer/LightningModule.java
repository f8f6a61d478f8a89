package dev.levin.trainer;

import dev.levin.data.Batch;
import dev.levin.io.OnnxExport;
import dev.levin.metrics.Metric;
import dev.levin.nn.Layer;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A model together with what is done with it: the steps of training, validation, test and prediction, and the optimizer.
 *
 * {@snippet :
 * class Digits extends LightningModule<Batch> {
 *     final Layer net = new Sequential(new Flatten(), new Linear(784, 10));
 *     @Override public Tensor forward(Tensor x) { return net.forward(x); }
 *     @Override public Tensor trainingStep(Batch batch, int batchIndex) {
 *         Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
 *         log("train_loss", loss);
 *         return loss;
 *     }
 *     @Override public Optimizers configureOptimizers() { return Optimizers.of(new AdamW(parameters(), 1e-3)); }
 * }
 * }
 *
 * <p>Every hook may be overridden; the order in which they run is Lightning's, written down in docs/hooks.md. Steps run
 * inside one compiled program a batch; {@code log} never waits for the device.
 *
 * @param <B> type of a batch, such as {@link Batch}
 */
public abstract class LightningModule<B> extends Layer implements DataHooks<B> {
    private transient Trainer trainer;
    private transient Host host;
    private transient HyperParameters hparams = HyperParameters.NONE;
    private boolean automatic = true;
    private boolean strictLoading = true;


    // ---- what to override ---------------------------------------------------------------------------------------------

    /** The inference path; what {@link #predictStep} calls. */
    @Override
    public Tensor forward(Tensor x) {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " does not override forward(Tensor); override it, or do not "
                + "call forward in the steps");
    }

    /**
     * One batch of training.
     *
     * @return the loss, a scalar; null to skip the batch, which then counts neither as a step nor in the schedulers.
     *     With manual optimization anything, or null
     */
    public Tensor trainingStep(B batch, int batchIndex) {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " does not override trainingStep");
    }

    /** As {@link #trainingStep} with more to hand to {@code onTrainBatchEnd}; {@code loss} must be among it. */
    public Map<String, ?> trainingStepOutputs(B batch, int batchIndex) {
        Tensor loss = trainingStep(batch, batchIndex);
        return loss == null ? null : Map.of("loss", loss);
    }

    /** One batch of validation. */
    public void validationStep(B batch, int batchIndex) {}

    /** One batch of validation with the index of its loader; override this one when there are several loaders. */
    public void validationStep(B batch, int batchIndex, int loader) {
        validationStep(batch, batchIndex);
    }

    /** As {@link #validationStep} with something to hand to {@code onValidationBatchEnd}. */
    public Object validationStepOutput(B batch, int batchIndex, int loader) {
        validationStep(batch, batchIndex, loader);
        return null;
    }

    /** One batch of the test. */
    public void testStep(B batch, int batchIndex) {}

    public void testStep(B batch, int batchIndex, int loader) {
        testStep(batch, batchIndex);
    }

    public Object testStepOutput(B batch, int batchIndex, int loader) {
        testStep(batch, batchIndex, loader);
        return null;
    }

    /** What prediction gives for a batch; by default {@link #forward} of the input. */
    public Object predictStep(B batch, int batchIndex) {
        return switch (batch) {
            case Tensor t -> forward(t);
            case Batch b -> forward(b.input());
            default -> throw new MisconfigurationException(getClass().getSimpleName() + ".predictStep has to be overridden: forward takes a tensor, "
                    + "and batches are " + (batch == null ? "null" : batch.getClass().getSimpleName()));
        };
    }

    public Object predictStep(B batch, int batchIndex, int loader) {
        return predictStep(batch, batchIndex);
    }

    /** An input that {@link #forward} takes, for the summary and the graph of the model; null for none. */
    public Tensor exampleInput() {
        return null;
    }

    /** The optimizers and schedulers; called once per fit, when parameters are where they will be trained. */
    public Optimizers configureOptimizers() {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " does not override configureOptimizers");
    }

    /** Callbacks of this model; one of the same class as a callback of the Trainer takes its place. */
    public List<Callback> configureCallbacks() {
        return List.of();
    }

    /** Creates layers late. Called in every entry point, so it must do nothing the second time. */
    public void configureModel() {}

    // ---- hooks --------------------------------------------------------------------------------------------------------

    public void onFitStart() {}

    public void onFitEnd() {}

    public void onTrainStart() {}

    public void onTrainEnd() {}

    public void onTrainEpochStart() {}

    public void onTrainEpochEnd() {}

    public Flow onTrainBatchStart(B batch, int batchIndex) {
        return Flow.CONTINUE;
    }

    public void onTrainBatchEnd(Map<String, ?> outputs, B batch, int batchIndex) {}

    public void onValidationStart() {}

    public void onValidationEnd() {}

    public void onValidationEpochStart() {}

    public void onValidationEpochEnd() {}

    public void onValidationBatchStart(B batch, int batchIndex, int loader) {}

    public void onValidationBatchEnd(Object output, B batch, int batchIndex, int loader) {}

    public void onTestStart() {}

    public void onTestEnd() {}

    public void onTestEpochStart() {}

    public void onTestEpochEnd() {}

    public void onTestBatchStart(B batch, int batchIndex, int loader) {}

    public void onTestBatchEnd(Object output, B batch, int batchIndex, int loader) {}

    public void onPredictStart() {}

    public void onPredictEnd() {}

    public void onPredictEpochStart() {}

    public void onPredictEpochEnd() {}

    public void onPredictBatchStart(B batch, int batchIndex, int loader) {}

    public void onPredictBatchEnd(Object output, B batch, int batchIndex, int loader) {}

    /** Frees gradients before a validation run that is not in the middle of an accumulation window. */
    public void onValidationModelZeroGrad() {
        zeroGrad();
    }

    public void onValidationModelEval() {
        eval();
    }

    /** After validation. Unless this is overridden, every layer gets back the mode it had before. */
    public void onValidationModelTrain() {
        train();
    }

    public void onTestModelEval() {
        eval();
    }

    public void onTestModelTrain() {
        train();
    }

    public void onPredictModelEval() {
        eval();
    }

    public void onPredictModelTrain() {
        train();
    }

    public void onBeforeZeroGrad(Optimizer optimizer) {}

    public void onBeforeBackward(Tensor loss) {}

    public void onAfterBackward() {}

    /** Gradients are complete and unscaled, and not clipped yet. */
    public void onBeforeOptimizerStep(Optimizer optimizer) {}

    /** May add entries to a checkpoint: numbers, strings, booleans, tensors, lists and maps. */
    public void onSaveCheckpoint(Map<String, Object> checkpoint) {}

    /** Sees a checkpoint before its state is loaded. */
    public void onLoadCheckpoint(Map<String, Object> checkpoint) {}

    // ---- optimization -------------------------------------------------------------------------------------------------

    /** With {@code false}, {@link #trainingStep} calls backward and steps the optimizers itself. */
    protected final void automaticOptimization(boolean on) {
        automatic = on;
    }

    public boolean automaticOptimization() {
        return automatic;
    }

    /** Computes gradients of the loss, which is scaled and divided already. */
    public void backward(Tensor loss) {
        loss.backward();
    }

    /** Updates; must run the closure (training step, zero grad, backward), which {@code optimizer.step(closure)} does. */
    public void optimizerStep(int epoch, int batchIndex, Optimizer optimizer, Supplier<Tensor> closure) {
        optimizer.step(closure);
    }

    public void optimizerZeroGrad(int epoch, int batchIndex, Optimizer optimizer) {
        optimizer.zeroGrad();
    }

    /** Clips gradients by what the Trainer was given; override to clip otherwise. */
    public void configureGradientClipping(Optimizer optimizer, Double clipValue, GradientClipping algorithm) {
        clipGradients(optimizer, clipValue, algorithm);
    }

    /**
     * Clips the gradients of an optimizer's parameters.
     *
     * @param clipValue null for the Trainer's
     * @param algorithm null for the Trainer's
     * @throws MisconfigurationException if the Trainer was given other values
     */
    public void clipGradients(Optimizer optimizer, Double clipValue, GradientClipping algorithm) {
        attached("clipGradients").clipGradients(optimizer, clipValue, algorithm);
    }

    /** Steps a scheduler; {@code metric} is null unless it follows one. */
    public void lrSchedulerStep(SchedulerConfig scheduler, Double metric) {
        if (metric == null) {
            scheduler.scheduler().step();
        } else {
            scheduler.scheduler().step(metric);
        }
    }

    /** Backward in manual optimization: with the precision's scaling, and the hooks around it. */
    public final void manualBackward(Tensor loss) {
        if (host != null) {
            host.backward(loss);
        } else {
            attached("manualBackward").manualBackward(loss);
        }
    }

    /** The optimizers in manual optimization, in the order configured. */
    public final List<ManualOptimizer> optimizers() {
        return attached("optimizers").manualOptimizers();
    }

    public final ManualOptimizer optimizer(int index) {
        return optimizers().get(index);
    }

    /** The schedulers, in the order configured; in manual optimization they are stepped by hand. */
    public final List<SchedulerConfig> lrSchedulers() {
        return attached("lrSchedulers").schedulerConfigs();
    }

    // ---- logging ------------------------------------------------------------------------------------------------------

    /**
     * Reports a scalar; what becomes of it depends on the hook this is called in and on the wishes.
     *
     * @throws IllegalArgumentException if the tensor has more than one element
     * @throws MisconfigurationException if the hook can't log, or the wishes contradict it or an earlier call
     */
    public final void log(String name, Tensor value, Log... wishes) {
        logAny(name, value, wishes);
    }

    public final void log(String name, double value, Log... wishes) {
        logAny(name, value, wishes);
    }

    /** Reports a metric object: computed at the end of the epoch, then reset. */
    public final void log(String name, Metric<Tensor> metric, Log... wishes) {
        logAny(name, metric, wishes);
    }

    /** Reports several values (numbers, scalars, metric objects) with the same wishes. */
    public final void logDict(Map<String, ?> values, Log... wishes) {
        values.forEach((name, value) -> logAny(name, value, wishes));
    }

    private void logAny(String name, Object value, Log... wishes) {
        if (host != null) {
            host.log(name, value);
        } else if (trainer != null) {
            trainer.log(name, value, wishes);
        } else {
            org.slf4j.LoggerFactory.getLogger(Trainer.class).warn("'{}' was logged by {}, but no Trainer is attached; nothing happens", name,
                    getClass().getSimpleName());
        }
    }

    /** Prints a line once, whatever the number of processes, without breaking a progress bar. */
    public final void print(String line) {
        if (host != null) {
            host.print(line);
        } else if (trainer == null) {
            System.out.println(line);
        } else {
            trainer.print(line);
        }
    }

    /** Every rank's value stacked along a new first axis: {@code [worldSize, ...]}. */
    public final Tensor allGather(Tensor value) {
        return host != null ? host.allGather(value) : attached("allGather").strategy().allGather(value);
    }

    // ---- hyper-parameters and loading -----------------------------------------------------------------------------------

    /**
     * Remembers what this model was made from (a map or a record): in checkpoints, and in the loggers.
     *
     * @throws IllegalArgumentException naming the entry that can't be stored
     */
    protected final void saveHyperparameters(Object values) {
        hparams = HyperParameters.of(values);
    }

    public final HyperParameters hparams() {
        return hparams;
    }

    /** With {@code false}, checkpoints may lack entries of this model or have more. */
    protected final void strictLoading(boolean on) {
        strictLoading = on;
    }

    public final boolean strictLoading() {
        return strictLoading;
    }

    /**
     * A model with the weights of a checkpoint, made from the hyper-parameters stored in it.
     *
     * @param make builds the model; what it leaves out of the hyper-parameters can't differ from the saved run
     */
    public static <M extends LightningModule<?>> M loadFromCheckpoint(Path file, java.util.function.Function<HyperParameters, M> make) {
        return loadFromCheckpoint(file, make, Map.of());
    }

    /** As {@link #loadFromCheckpoint(Path, java.util.function.Function)}, with values that replace stored ones. */
    public static <M extends LightningModule<?>> M loadFromCheckpoint(Path file, java.util.function.Function<HyperParameters, M> make,
            Map<String, ?> overrides) {
        Checkpoint c = Checkpoint.read(file);
        M model = make.apply(c.hyperParameters().with(overrides));
        c.loadWeights(model, model.strictLoading());
        return model;
    }

    /** As {@link #loadFromCheckpoint(Path, java.util.function.Function, Map)}; {@code strict} wins over the model's own {@link #strictLoading}. */
    public static <M extends LightningModule<?>> M loadFromCheckpoint(Path file, java.util.function.Function<HyperParameters, M> make,
            Map<String, ?> overrides, boolean strict) {
        Checkpoint c = Checkpoint.read(file);
        M model = make.apply(c.hyperParameters().with(overrides));
        c.loadWeights(model, strict);
        return model;
    }

    // ---- deploying ------------------------------------------------------------------------------------------------------

    /**
     * Writes {@link #forward} as ONNX for inputs like {@link #exampleInput}; the batch may have any size. {@link OnnxExport} has more to say.
     *
     * @throws dev.levin.io.OnnxExportException naming the operation and its layer, if ONNX can't say the model
     */
    public void toOnnx(Path file) throws IOException {
        Tensor example = exampleInput();
        if (example == null) {
            throw new MisconfigurationException("toOnnx needs an input to record the model with: override exampleInput() in " + getClass().getSimpleName()
                    + ", or call toOnnx(file, example)");
        }
        toOnnx(file, example);
    }

    /** As {@link #toOnnx(Path)} for inputs like the example, whose values do not matter. */
    public void toOnnx(Path file, Tensor example) throws IOException {
        OnnxExport.write(file, this, example);
    }

    // ---- the Trainer ----------------------------------------------------------------------------------------------------

    final void attach(Trainer owner) {
        trainer = owner;
    }

    final void attachHost(Host other) {
        host = other;
    }

    private Trainer attached(String what) {
        if (trainer == null) {
            throw new IllegalStateException(what + " needs a Trainer, and " + getClass().getSimpleName()
                    + " is not attached to one; pass it to fit, validate, test or predict");
        }
        return trainer;
    }

    /** @throws IllegalStateException if none is attached */
    public final Trainer trainer() {
        return attached("trainer()");
    }

    public final boolean hasTrainer() {
        return trainer != null;
    }

    /** Epochs done. 0 without a Trainer. */
    public final int currentEpoch() {
        return trainer == null ? 0 : trainer.currentEpoch();
    }

    /** Optimizer steps done. 0 without a Trainer. */
    public final long globalStep() {
        return trainer == null ? 0 : trainer.globalStep();
    }

    /** The first logger of the Trainer, or one that swallows everything. */
    public final Logger logger() {
        return attached("logger()").logger();
    }

    public final List<Logger> loggers() {
        return attached("loggers()").loggers();
    }

    /** 0 without a Trainer. */
    public final int globalRank() {
        return trainer == null ? 0 : trainer.globalRank();
    }

    /** 0 without a Trainer. */
    public final int localRank() {
        return trainer == null ? 0 : trainer.localRank();
    }

    /** The dtype of the parameters; F32 without any. */
    public final DType dtype() {
        return parameters().stream().map(Tensor::dtype).filter(DType::isFloat).findFirst().orElse(DType.F32);
    }

    /** Freezes all parameters and switches to evaluation mode. */
    @Override
    public LightningModule<B> freeze() {
        super.freeze();
        eval();
        return this;
    }

    /** Trains all parameters again, in training mode. */
    @Override
    public LightningModule<B> unfreeze() {
        super.unfreeze();
        train();
        return this;
    }

    /** Where the parameters are. */
    public final Device device() {
        List<Parameter> all = parameters();
        return all.isEmpty() ? Device.CPU : all.getFirst().device();
    }
}
