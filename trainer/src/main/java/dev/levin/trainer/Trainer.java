package dev.levin.trainer;

import dev.levin.device.Backends;
import dev.levin.device.cuda.CudaBackend;
import dev.levin.metrics.Metric;
import dev.levin.optim.Optimizer;
import dev.levin.strategies.Accelerators;
import dev.levin.strategies.Strategies;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.spi.DefaultLoggerProvider;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link LightningModule}: fit, validate, test, predict.
 *
 * {@snippet :
 * var trainer = Trainer.builder().maxEpochs(3).precision("bf16-mixed").build();
 * trainer.fit(new Digits(), data);
 * trainer.test(data, CheckpointChoice.BEST);
 * }
 *
 * <p>A Trainer goes on counting: a second {@code fit} with {@code max_epochs} reached does nothing until
 * {@link #maxEpochs(int)} is raised. One run at a time, in the thread that calls the entry point.
 */
public final class Trainer extends TrainerView {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Trainer.class);

    Trainer(TrainerOptions options) {
        this.options = options;
        this.state = new TrainerState(this);
        this.strategy = options.strategy != null ? options.strategy
                : Strategies.of(options.strategyName, Accelerators.resolve(options.accelerator, options.devices, options.nodes));
        this.precision = options.precision != null ? options.precision : Placements.precision(options.precisionName, strategy.rootDevice());
        Placements.sayUnusedGpu(options.accelerator, strategy.rootDevice());
        if (options.deterministic != null && Backends.get(strategy.rootDevice()) instanceof CudaBackend gpu) {
            gpu.deterministic(options.deterministic);
        }
        this.loggers = loggers(options);
        this.ownCallbacks = DefaultCallbacks.of(options);
        this.accumulate = options.accumulate;
        this.fitLoop = new FitLoop(this);
    }

    private void defaultMaxEpochs() {
        if (options.maxEpochs != null) {
            return;
        }
        if (options.maxSteps == -1 && options.maxTime == null && ownCallbacks.stream().noneMatch(TimeLimit.class::isInstance)) {
            options.maxEpochs = 1000;
            LOG.warn("max_epochs is not set; training stops after 1000 epochs. Set max_epochs, max_steps or max_time; max_epochs=-1 is no limit");
        } else {
            options.maxEpochs = -1;
        }
    }

    private static List<Logger> loggers(TrainerOptions o) {
        List<Logger> given = o.loggers != null ? o.loggers
                : Boolean.FALSE.equals(o.logger) ? List.of() : DefaultLoggerProvider.find(o.rootDir).map(List::of).orElse(List.of());
        return o.fastDevRun == 0 ? List.copyOf(given) : given.stream().<Logger>map(l -> new DummyLogger()).toList();
    }

    public static TrainerBuilder builder() {
        return new TrainerBuilder();
    }

    /** Starts all random numbers of this thread from a seed, and returns it. */
    public static long seedEverything(long seed) {
        return Seeds.everything(seed);
    }

    // ---- entry points ---------------------------------------------------------------------------------------------------

    /** Trains on what the module's own hooks give. */
    public <B> FitResult fit(LightningModule<B> model) {
        return fit(model, DataInput.HOOKS, DataInput.HOOKS, Resume.NO);
    }

    public <B> FitResult fit(LightningModule<B> model, Resume resume) {
        return fit(model, DataInput.HOOKS, DataInput.HOOKS, resume);
    }

    /** Trains on a data module. */
    public <B> FitResult fit(LightningModule<B> model, DataModule<? extends B> data) {
        return fit(model, data, Resume.NO);
    }

    public <B> FitResult fit(LightningModule<B> model, DataModule<? extends B> data, Resume resume) {
        DataInput in = input(data);
        return fit(model, in, in, resume);
    }

    /** Trains on a loader, without validation unless the module has its own. */
    public <B> FitResult fit(LightningModule<B> model, Iterable<? extends B> train) {
        return fit(model, train, Resume.NO);
    }

    public <B> FitResult fit(LightningModule<B> model, Iterable<? extends B> train, Resume resume) {
        DataInput in = new DataInput(null, train, null);
        return fit(model, in, in, resume);
    }

    public <B> FitResult fit(LightningModule<B> model, Iterable<? extends B> train, Iterable<? extends B> val) {
        return fit(model, train, val, Resume.NO);
    }

    public <B> FitResult fit(LightningModule<B> model, Iterable<? extends B> train, Iterable<? extends B> val, Resume resume) {
        return fit(model, train, Loaders.<B>of(val), resume);
    }

    /** Trains with several validation loaders. */
    public <B> FitResult fit(LightningModule<B> model, Iterable<? extends B> train, Loaders<B> val, Resume resume) {
        DataInput in = new DataInput(null, train, erase(val));
        return fit(model, in, in, resume);
    }

    private FitResult fit(LightningModule<?> model, DataInput input, DataInput same, Resume resume) {
        LightningModule<Object> m = erase(model);
        defaultMaxEpochs();
        CheckpointChoice from = resume.choice() != null ? resume.choice() : CheckpointFinder.ofRequeuedJob(this);
        Checkpoint checkpoint = from == null ? null : CheckpointFinder.find(this, from, true);
        ckptPath = checkpoint == null ? null : checkpoint.file();
        beforeRun();
        fitLoopStarts(checkpoint);
        return new RunSequence(this, Stage.FIT, m, input, checkpoint).execute(() -> {
            boolean sanity = checkpoint == null && options.sanitySteps != 0 && !options.limitTrain.isZero() && !fitLoop.isDone();
            if (sanity && validation.isEnabled()) {
                sanityCheck();
            }
            phase = Phase.TRAIN;
            fitLoop.run();
            return result(Status.FINISHED, fitLoop.stopReason());
        }, () -> result(Status.INTERRUPTED, interruptRequest == null ? "interrupted" : interruptRequest));
    }

    private void fitLoopStarts(Checkpoint checkpoint) {
        shouldStop = false;
        stopRequest = "";
        nonFiniteLoss = OptionalLong.empty();
        interruptedCheckpoint = null;
        rngBeforeValidation = null;
        if (checkpoint == null) {
            return;
        }
        CheckpointFiles.removeUnfinished(checkpoint.file());
        LOG.info("resuming from {} (epoch {}, step {})", checkpoint.file(), checkpoint.epoch(), checkpoint.globalStep());
    }

    private FitResult result(Status how, String reason) {
        Optional<Path> best = checkpointCallback().flatMap(CheckpointCallback::bestModelPath);
        return new FitResult(how, reason, globalStep(), currentEpoch(), metricLog.callbackMetrics().read(), best,
                Optional.ofNullable(interruptedCheckpoint), fitLoop.progress().skippedBatches, nonFiniteLoss);
    }

    private void sanityCheck() {
        phase = Phase.SANITY_CHECK;
        int most = options.sanitySteps < 0 ? Integer.MAX_VALUE : options.sanitySteps;
        RunSequence.isolatingRandomness(() -> {
            hooks.callbacks(Hook.ON_SANITY_CHECK_START, c -> c.onSanityCheckStart(this, module));
            validation.run(most, false);
            hooks.callbacks(Hook.ON_SANITY_CHECK_END, c -> c.onSanityCheckEnd(this, module));
        });
        metricLog.clear();
        phase = Phase.TRAIN;
    }

    /** Validates the model of the last run on other data. */
    public EvaluationResult validate(Loaders<?> loaders) {
        return evaluate(Stage.VALIDATE, required(Stage.VALIDATE), new DataInput(null, null, erase(loaders)), null);
    }

    /** Validates the model of the last run. */
    public EvaluationResult validate() {
        return evaluate(Stage.VALIDATE, required(Stage.VALIDATE), lastInput(), null);
    }

    public EvaluationResult validate(DataModule<?> data, CheckpointChoice weights) {
        return evaluate(Stage.VALIDATE, required(Stage.VALIDATE), input(data), weights);
    }

    public <B> EvaluationResult validate(LightningModule<B> model, DataModule<? extends B> data) {
        return evaluate(Stage.VALIDATE, model, input(data), CheckpointChoice.CURRENT);
    }

    public <B> EvaluationResult validate(LightningModule<B> model, Iterable<? extends B> loader) {
        return validate(model, Loaders.<B>of(loader), CheckpointChoice.CURRENT);
    }

    public <B> EvaluationResult validate(LightningModule<B> model, Loaders<B> loaders, CheckpointChoice weights) {
        return validate(model, loaders, weights, true);
    }

    /** @param verbose whether a table of the results is printed */
    public <B> EvaluationResult validate(LightningModule<B> model, Loaders<B> loaders, CheckpointChoice weights, boolean verbose) {
        return evaluate(Stage.VALIDATE, model, new DataInput(null, null, erase(loaders)), weights, verbose);
    }

    public <B> EvaluationResult validate(LightningModule<B> model) {
        return evaluate(Stage.VALIDATE, model, DataInput.HOOKS, CheckpointChoice.CURRENT);
    }

    /** Tests the model of the last run: with its best checkpoint if there is one. */
    public EvaluationResult test() {
        return evaluate(Stage.TEST, required(Stage.TEST), lastInput(), null);
    }

    /** Tests the model of the last run on other data: with its best checkpoint if there is one. */
    public EvaluationResult test(Loaders<?> loaders) {
        return evaluate(Stage.TEST, required(Stage.TEST), new DataInput(null, null, erase(loaders)), null);
    }

    public EvaluationResult test(DataModule<?> data) {
        return evaluate(Stage.TEST, required(Stage.TEST), input(data), null);
    }

    public EvaluationResult test(DataModule<?> data, CheckpointChoice weights) {
        return evaluate(Stage.TEST, required(Stage.TEST), input(data), weights);
    }

    public <B> EvaluationResult test(LightningModule<B> model, DataModule<? extends B> data) {
        return test(model, data, CheckpointChoice.CURRENT);
    }

    public <B> EvaluationResult test(LightningModule<B> model, DataModule<? extends B> data, CheckpointChoice weights) {
        return evaluate(Stage.TEST, model, input(data), weights);
    }

    public <B> EvaluationResult test(LightningModule<B> model, Iterable<? extends B> loader) {
        return test(model, Loaders.<B>of(loader), CheckpointChoice.CURRENT);
    }

    public <B> EvaluationResult test(LightningModule<B> model, Loaders<B> loaders, CheckpointChoice weights) {
        return test(model, loaders, weights, true);
    }

    /** @param verbose whether a table of the results is printed */
    public <B> EvaluationResult test(LightningModule<B> model, Loaders<B> loaders, CheckpointChoice weights, boolean verbose) {
        return evaluate(Stage.TEST, model, new DataInput(null, null, erase(loaders)), weights, verbose);
    }

    public <B> EvaluationResult test(LightningModule<B> model) {
        return evaluate(Stage.TEST, model, DataInput.HOOKS, CheckpointChoice.CURRENT);
    }

    private EvaluationResult evaluate(Stage which, LightningModule<?> model, DataInput input, CheckpointChoice weights) {
        return evaluate(which, model, input, weights, true);
    }

    /** @param weights null: the best if there is a checkpoint callback, else the current */
    private EvaluationResult evaluate(Stage which, LightningModule<?> model, DataInput input, CheckpointChoice weights, boolean verbose) {
        LightningModule<Object> m = erase(model);
        Checkpoint checkpoint = CheckpointFinder.forEvaluation(this, weights, which);
        ckptPath = checkpoint == null ? null : checkpoint.file();
        beforeRun();
        return new RunSequence(this, which, m, input, checkpoint).execute(() -> {
            phase = which == Stage.TEST ? Phase.TEST : Phase.VALIDATE;
            EvaluationLoop loop = which == Stage.TEST ? test : validation;
            List<Map<String, Double>> results = loop.run(Integer.MAX_VALUE, true);
            EvaluationResult r = new EvaluationResult(Status.FINISHED, loop.names(), results);
            if (verbose && results.stream().anyMatch(x -> !x.isEmpty()) && !options.barebones) {
                print(r.table(which.key() + " metric"));
            }
            return r;
        }, () -> new EvaluationResult(Status.INTERRUPTED, List.of(), List.of()));
    }

    /** Predicts, batch by batch, as the results are read. */
    public <B> Predictions predict(LightningModule<B> model, DataModule<? extends B> data) {
        return predict(model, input(data), CheckpointChoice.CURRENT);
    }

    public <B> Predictions predict(LightningModule<B> model, DataModule<? extends B> data, CheckpointChoice weights) {
        return predict(model, input(data), weights);
    }

    public <B> Predictions predict(LightningModule<B> model, Iterable<? extends B> loader) {
        return predict(model, Loaders.<B>of(loader), CheckpointChoice.CURRENT);
    }

    public <B> Predictions predict(LightningModule<B> model, Loaders<B> loaders, CheckpointChoice weights) {
        return predict(model, new DataInput(null, null, erase(loaders)), weights);
    }

    public <B> Predictions predict(LightningModule<B> model) {
        return predict(model, DataInput.HOOKS, CheckpointChoice.CURRENT);
    }

    /** Predicts with the model of the last run, and its best checkpoint if there is one. */
    public Predictions predict() {
        return predict(required(Stage.PREDICT), lastInput(), null);
    }

    public Predictions predict(DataModule<?> data) {
        return predict(required(Stage.PREDICT), input(data), null);
    }

    public Predictions predict(Loaders<?> loaders) {
        return predict(required(Stage.PREDICT), new DataInput(null, null, erase(loaders)), null);
    }

    private Predictions predict(LightningModule<?> model, DataInput input, CheckpointChoice weights) {
        LightningModule<Object> m = erase(model);
        Checkpoint checkpoint = CheckpointFinder.forEvaluation(this, weights, Stage.PREDICT);
        ckptPath = checkpoint == null ? null : checkpoint.file();
        beforeRun();
        prediction = new PredictionLoop(this, new RunSequence(this, Stage.PREDICT, m, input, checkpoint), m, input);
        return new Predictions(prediction);
    }

    /** Makes a model in the dtype and on the device of this Trainer. */
    public <M extends dev.levin.nn.Module> M initModule(Supplier<M> make) {
        M model = make.get();
        precision.convertModule(model);
        strategy.setup(model);
        return model;
    }

    private void beforeRun() {
        status = Status.RUNNING;
        interruptRequest = null;
    }

    private LightningModule<?> required(Stage what) {
        if (module == null) {
            throw new IllegalStateException(what.key() + " without a model works after a run with one; pass a model");
        }
        return module;
    }

    private DataInput lastInput() {
        return data == null ? DataInput.HOOKS : new DataInput(data, null, null);
    }

    @SuppressWarnings("unchecked")
    private static LightningModule<Object> erase(LightningModule<?> m) {
        if (m == null) {
            throw new IllegalArgumentException("the model is null; pass a LightningModule");
        }
        return (LightningModule<Object>) m;
    }

    @SuppressWarnings("unchecked")
    private static Loaders<Object> erase(Loaders<?> l) {
        return (Loaders<Object>) l;
    }

    @SuppressWarnings("unchecked")
    private static DataInput input(DataModule<?> d) {
        if (d == null) {
            throw new IllegalArgumentException("the data module is null; leave the argument out to use the module's own loaders");
        }
        return new DataInput((DataModule<Object>) d, null, null);
    }

    // ---- what the run sequence needs --------------------------------------------------------------------------------------

    void attach(Stage newStage, LightningModule<Object> model, DataModule<Object> dataModule) {
        stage = newStage;
        module = model;
        data = dataModule;
        module.attach(this);
        if (data != null) {
            data.attach(this);
        }
    }

    void detach() {
        stage = null;
        if (data != null) {
            data.attach(null);
        }
    }

    void beginLoops(LightningModule<Object> model, DataInput input) {
        transfer = new BatchTransfer(model, data, hooks, precision, strategy.rootDevice());
        if (stage == Stage.FIT || stage == Stage.VALIDATE) {
            validation = new EvaluationLoop(this, model, Phase.VALIDATE, input, transfer);
        } else if (stage == Stage.TEST) {
            test = new EvaluationLoop(this, model, Phase.TEST, input, transfer);
        }
        if (stage == Stage.FIT) {
            fitLoop.begin(model, input, validation);
        }
    }

    void optimize(Optimizers configured) {
        optimizers = configured;
        manual = configured.optimizers().stream().map(o -> new ManualOptimizer(this, o)).toList();
        fitLoop.optimize(configured, transfer);
    }

    void logRunDescription() {
        if (options.logHyperparameters && !loggers.isEmpty()) {
            Map<String, Object> all = RunDescription.hyperParameters(module, data);
            if (!all.isEmpty()) {
                loggers.forEach(l -> l.logHyperparams(all));
            }
        }
        List<Logger> drawing = loggers.stream().filter(RunDescription::takesGraph).toList();
        if (!drawing.isEmpty()) {
            ModelGraph.of(module, precision).ifPresent(g -> drawing.forEach(l -> l.logGraph(g)));
        }
    }

    void validateWithinFit(boolean zeroGrad) {
        phase = Phase.VALIDATE;
        rngBeforeValidation = Generator.global().state();
        metricsBeforeValidation = TrainerState.metricVersions(module);
        try {
            if (zeroGrad) {
                hooks.call(Hook.ON_VALIDATION_MODEL_ZERO_GRAD, module::onValidationModelZeroGrad);
            }
            validation.run(Integer.MAX_VALUE, true);
            rngBeforeValidation = null;
            // after a failure this state stays, for a checkpoint that is written because of it
        } finally {
            phase = Phase.TRAIN;
        }
    }

    /** Whether a checkpoint written now says that the running validation is still to be done. */
    boolean validationIsUndone() {
        return rngBeforeValidation != null;
    }

    /** Versions of metric objects at the last validation's start. */
    Map<Metric<?>, Long> metricsBeforeValidation() {
        return metricsBeforeValidation;
    }

    Map<String, Object> loopStates() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("fit_loop", fitLoop.progress().stateDict());
        m.put("validate_loop", validation == null ? Map.of("batches", List.of()) : validation.stateDict());
        return m;
    }

    EvaluationLoop validationLoop() {
        return validation;
    }

    /** The hooks of the validation's end have run, but for those that save. */
    void validationIsOver() {
        if (stage == Stage.FIT && phase == Phase.VALIDATE) {
            fitLoop.progress().position = Position.AFTER_VALIDATION;
            rngBeforeValidation = null;
        }
    }

    /** A checkpoint written inside a validation run says that it is still to be done. */
    long[] rngForCheckpoint() {
        return rngBeforeValidation != null ? rngBeforeValidation : Generator.global().state();
    }

    /** Between batches and between epochs: failures of checkpoints and requests to stop are seen here. */
    void safePoint() {
        saver.poll();
        stopIfInterrupted();
    }

    void stopIfInterrupted() {
        if (interruptRequest != null) {
            throw new RunInterruptedException(interruptRequest);
        }
    }

    void saveInterrupted() {
        boolean requeued = Slurm.SIGNAL.equals(interruptRequest) && options.slurm.isJob();
        Path dir = checkpointCallback().flatMap(CheckpointCallback::directory).orElse(options.rootDir.resolve("checkpoints"));
        Path file = requeued ? Slurm.next(options.rootDir) : dir.resolve(CheckpointFinder.INTERRUPTED);
        saveCheckpoint(file);
        interruptedCheckpoint = file;
        if (requeued && isGlobalZero()) {
            options.slurm.requeue();
        }
        LOG.info("the state of the run was saved to {}; resume with Resume.from(\"{}\")", file, file);
    }

    void nonFiniteLoss(long step) {
        nonFiniteLoss = OptionalLong.of(step);
    }

    void warnOnce(String message) {
        if (warned.add(message)) {
            LOG.warn(message);
        }
    }

    void warnAboutEvalModules() {
        List<String> names = new ModuleModes(module).inEval();
        if (!names.isEmpty()) {
            LOG.warn("{} module(s) are in evaluation mode at the start of training: {}; call train() on them unless that is meant", names.size(), names);
        }
    }

    void backward(Tensor loss) {
        hooks.run(Hook.ON_BEFORE_BACKWARD, c -> c.onBeforeBackward(this, module, loss), () -> module.onBeforeBackward(loss));
        hooks.call(Hook.BACKWARD, () -> module.backward(loss));
        hooks.run(Hook.ON_AFTER_BACKWARD, c -> c.onAfterBackward(this, module), module::onAfterBackward);
    }

    void manualBackward(Tensor loss) {
        requireManual("manualBackward");
        backward(precision.scale(loss));
    }

    Tensor manualStep(Optimizer optimizer, Supplier<Tensor> closure) {
        requireManual("optimizer.step()");
        Tensor[] gate = new Tensor[1];
        Tensor loss = optimizer.step(() -> {
            Tensor l = closure.get();
            gate[0] = AutomaticOptimization.prepareStep(this, module, optimizer, false);
            return l == null ? Tensor.scalar(0) : l;
        });
        precision.update(gate[0]);
        optimizer.setGate(null);
        fitLoop.progress().globalStep++;
        return loss;
    }

    List<ManualOptimizer> manualOptimizers() {
        return manual;
    }

    void requireManual(String what) {
        if (module.automaticOptimization()) {
            throw new MisconfigurationException(what + " is for manual optimization; call automaticOptimization(false) in the constructor of "
                    + module.getClass().getSimpleName() + ", or return the loss from trainingStep");
        }
    }

    void clipGradients(Optimizer optimizer, Double value, GradientClipping algorithm) {
        Double limit = value != null ? value : options.clipValue;
        GradientClipping how = algorithm != null ? algorithm : options.clipAlgorithm;
        if (options.clipValue != null && value != null && !value.equals(options.clipValue)) {
            throw new MisconfigurationException("gradient_clip_val=" + options.clipValue + " of the Trainer contradicts clipGradients(..., " + value
                    + ", ...); give the value in one place");
        }
        if (options.clipAlgorithmSet && algorithm != null && algorithm != options.clipAlgorithm) {
            throw new MisconfigurationException("gradient_clip_algorithm=" + options.clipAlgorithm + " of the Trainer contradicts clipGradients(..., "
                    + algorithm + "); give the algorithm in one place");
        }
        if (limit != null && limit > 0) {
            hooks.call(Hook.CLIP_GRADIENTS, () -> how.clip(AutomaticOptimization.parameters(optimizer), limit));
        }
    }

    void log(String name, Object value, Log... wishes) {
        if (options.barebones) {
            warnOnce("log() does nothing in a barebones Trainer");
            return;
        }
        if (stage == null) {
            warnOnce("'" + name + "' was logged outside of a run of the Trainer; nothing happens");
            return;
        }
        metricLog.log(hooks.current(), name, value, wishes);
    }

    // ---- controls -----------------------------------------------------------------------------------------------------

    /** Asks training to stop after this batch, once minimum epochs and steps are met; validation runs once more. */
    public void requestStop(String reason) {
        stopRequest = reason;
        shouldStop = true;
    }

    /** Asks the run to stop at the next safe point, with a checkpoint and teardown. May be called from any thread. */
    public void interrupt(String reason) {
        interruptRequest = reason;
    }

    /** Why the run was asked to stop at once; empty if it was not. */
    public Optional<String> interruptRequest() {
        return Optional.ofNullable(interruptRequest);
    }

    public boolean shouldStop() {
        return shouldStop;
    }

    String stopRequest() {
        return stopRequest;
    }

    /** Raises (or lowers) the limit for a further fit. */
    public void maxEpochs(int n) {
        options.maxEpochs = n;
    }

    public void maxSteps(int n) {
        options.maxSteps = n;
    }

    /** Changes the accumulation factor; takes effect with the next window. */
    public void accumulateGradBatches(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("accumulate_grad_batches must be at least 1, not " + n);
        }
        accumulate = n;
    }

    /** While on, training steps run without gradients and updates: an epoch that only refreshes running statistics. */
    public void skipBackward(boolean on) {
        skipBackward = on;
    }

    boolean skipsBackward() {
        return skipBackward;
    }

    public int accumulateGradBatches() {
        return accumulate;
    }

    /** Writes a checkpoint. */
    public void saveCheckpoint(Path file) {
        saveCheckpoint(file, false);
    }

    /**
     * Writes a checkpoint, atomically. Loggers first store what was logged before, so that a run that is killed and resumed
     * from the file misses nothing.
     *
     * @param weightsOnly leaves out everything that only a further fit needs
     * @throws IllegalStateException if no model was attached yet
     * @throws CheckpointException if the file can't be written; what was there before is untouched
     */
    public void saveCheckpoint(Path file, boolean weightsOnly) {
        saver.save(checkpoint(weightsOnly), file.toAbsolutePath());
    }

    /**
     * As {@link #saveCheckpoint(Path, boolean)}, for callbacks: the file is flushed to the disk, and what it replaces deleted,
     * while training goes on. A run that is killed leaves the newest file; a machine that is, one that was complete before.
     * With {@link CheckpointRequest#later} writing goes on meanwhile, too: from a copy of the state on the host. Checkpoints of
     * one step at most are then under way, a later call waits for them, and a failure ends the run at its next safe point.
     * When the run has ended, or a checkpoint was loaded, everything is where it should be.
     */
    public void saveCheckpoint(CheckpointRequest request) {
        saver.save(checkpoint(request.weightsOnly()), globalStep(), request);
    }

    /** Runs something on checkpoint files when all that were saved so far are written: at once, if they are. */
    public void whenWritten(Path file, Runnable work) {
        saver.then(file.toAbsolutePath(), work);
    }

    /**
     * Waits until all checkpoints are written.
     *
     * @throws CheckpointException if one could not be
     */
    public void awaitCheckpoints() {
        saver.await();
    }

    /** Whether a checkpoint of this name is there, or on its way, and stays. */
    public boolean isTaken(Path file) {
        return saver.isTaken(file.toAbsolutePath());
    }

    void closeSaver() {
        saver.close();
    }

    private Checkpoint checkpoint(boolean weightsOnly) {
        if (module == null) {
            throw new IllegalStateException("there is nothing to save: no model was attached to this Trainer yet; call fit, validate, test or predict first");
        }
        Stage before = stage;
        if (stage == Stage.FIT) {
            fitLoop.sendLogged();
            flushLoggers();
        }
        Checkpoint c = hooks.measure("save_checkpoint", () -> state.dump(weightsOnly));
        stage = before;
        return c;
    }

    /** A logger that fails keeps nobody from saving. */
    private void flushLoggers() {
        for (Logger l : loggers) {
            try {
                l.flush();
            } catch (LoggerException e) {
                warnOnce("a logger fails: " + e.getMessage());
            }
        }
    }

    /** Prints a line without breaking the progress bar. */
    public void print(String line) {
        if (!isGlobalZero()) {
            return;
        }
        Optional<ProgressBar> bar = callbacks().stream().filter(ProgressBar.class::isInstance).map(ProgressBar.class::cast).findFirst();
        bar.ifPresentOrElse(b -> b.print(line), () -> System.out.println(line));
    }
}
