package dev.levin.trainer;

import dev.levin.metrics.Metric;
import dev.levin.optim.Optimizer;
import dev.levin.precision.LossScaler;
import dev.levin.precision.MixedPrecision;
import dev.levin.precision.Precision;
import dev.levin.strategies.Strategy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** What can be asked of a {@link Trainer}, and the fields the answers come from; {@link Trainer} itself acts. */
abstract sealed class TrainerView permits Trainer {
    TrainerOptions options;
    HookRunner hooks = new HookRunner();
    MetricLog metricLog = new MetricLog();
    TrainerState state;
    CheckpointSaver saver = new CheckpointSaver();
    Strategy strategy;
    Precision precision;
    List<Logger> loggers;
    List<Callback> ownCallbacks;
    FitLoop fitLoop;
    Set<String> warned = new HashSet<>();

    LightningModule<Object> module;
    DataModule<Object> data;
    BatchTransfer transfer;
    EvaluationLoop validation;
    EvaluationLoop test;
    PredictionLoop prediction;
    Optimizers optimizers = Optimizers.none();
    List<ManualOptimizer> manual = List.of();
    Stage stage;
    Phase phase = Phase.TRAIN;
    Status status = Status.INITIALIZING;
    int accumulate;
    String stopRequest = "";
    volatile boolean shouldStop;
    volatile String interruptRequest;
    Path interruptedCheckpoint;
    Path ckptPath;
    boolean skipBackward;
    long[] rngBeforeValidation;
    Map<Metric<?>, Long> metricsBeforeValidation = Map.of();
    OptionalLong nonFiniteLoss = OptionalLong.empty();

    /** Optimizer steps done, over all fits of this Trainer. */
    public long globalStep() {
        return stage == null || stage == Stage.FIT ? fitLoop.progress().globalStep : 0;
    }

    /** Epochs done: the number of the running epoch, from zero. */
    public int currentEpoch() {
        return stage == null || stage == Stage.FIT ? fitLoop.progress().epoch : 0;
    }

    /** The x-axis of loggers: batches after which an optimizer stepped, from zero. */
    public long loggerStep() {
        return fitLoop.progress().batchesThatStepped;
    }

    /** Whether the running training batch is the last of its epoch. */
    public boolean isLastBatch() {
        return fitLoop.progress().lastBatch;
    }

    /** Training batches of an epoch; {@link Integer#MAX_VALUE} if unknown, 0 before fit. */
    public int numTrainingBatches() {
        return fitLoop.batchesPerEpoch();
    }

    /** Validation batches of each loader; empty before the data were set up. */
    public List<Integer> numValBatches() {
        return validation == null ? List.of() : validation.batches();
    }

    public List<Integer> numSanityValBatches() {
        int most = options.sanitySteps < 0 ? Integer.MAX_VALUE : options.sanitySteps;
        return numValBatches().stream().map(n -> Math.min(n, most)).toList();
    }

    public List<Integer> numTestBatches() {
        return test == null ? List.of() : test.batches();
    }

    /** Batches of each loader of the running (or last) prediction. */
    public List<Integer> numPredictBatches() {
        return prediction == null ? List.of() : prediction.batches();
    }

    /**
     * Optimizer steps that a fit will take: batches over accumulation times epochs, limited by {@code max_steps}. Infinite if
     * nothing limits it. May be asked in {@code configureOptimizers}; the training loader is then loaded early.
     */
    public double estimatedSteppingBatches() {
        int epochs = maxEpochs();
        if (epochs < 0 && options.maxSteps < 0) {
            return Double.POSITIVE_INFINITY;
        }
        BatchSource source = stage == Stage.FIT ? fitLoop.sourceNow() : fitLoop.source();
        if (source == null) {
            throw new IllegalStateException("estimatedSteppingBatches can be asked during fit, once the data are there");
        }
        if (source.batches() == Integer.MAX_VALUE) {
            return options.maxSteps < 0 ? Double.POSITIVE_INFINITY : options.maxSteps;
        }
        double steps = epochs < 0 ? Double.POSITIVE_INFINITY : (double) Math.ceilDiv(source.batches(), accumulate) * epochs;
        return options.maxSteps < 0 ? steps : Math.min(steps, options.maxSteps);
    }

    /** What callbacks monitor. */
    public MetricMap callbackMetrics() {
        return metricLog.callbackMetrics();
    }

    /** What loggers get. */
    public MetricMap loggedMetrics() {
        return metricLog.loggedMetrics();
    }

    /** What the progress bar shows. */
    public MetricMap progressBarMetrics() {
        return metricLog.progressMetrics();
    }

    /** Sends values to the loggers as they are, for callbacks with an x-axis of their own. */
    public void logToLoggers(Map<String, Double> values, long step) {
        metricLog.send(values, step);
    }

    /** Makes values visible to callbacks that monitor metrics. */
    public void publishMetrics(Map<String, Double> values) {
        values.forEach((k, v) -> metricLog.callbackMetrics().set(k, new MetricValue(v, globalStep(), currentEpoch())));
    }

    public List<Logger> loggers() {
        return loggers;
    }

    /** The first logger, or one that swallows everything. */
    public Logger logger() {
        return loggers.isEmpty() ? new DummyLogger() : loggers.getFirst();
    }

    boolean hasLoggers() {
        return !loggers.isEmpty();
    }

    /** Folder of the first logger that keeps one; empty under {@code fast_dev_run}. */
    public Optional<Path> logDir() {
        return loggers.stream().map(Logger::logDir).flatMap(Optional::stream).findFirst();
    }

    /** The training loader of the running fit, which is made now if need be. */
    public Iterable<?> trainLoader() {
        if (stage != Stage.FIT) {
            throw new IllegalStateException("there is a training loader during fit only");
        }
        return fitLoop.sourceNow().loader();
    }

    /** The validation loaders of the running fit or validation; empty before they were asked for. */
    public List<Iterable<?>> valLoaders() {
        return validation == null ? List.of() : validation.loaders();
    }

    /** The test loaders of the running (or last) test. */
    public List<Iterable<?>> testLoaders() {
        return test == null ? List.of() : test.loaders();
    }

    /** A builder with the flags of this Trainer, for trials beside it; without its profiler. */
    public TrainerBuilder toBuilder() {
        TrainerOptions copy = options.copy();
        copy.profiler = null;
        copy.profilerName = null;
        return new TrainerBuilder(copy);
    }

    /** Lets another Trainer use the module while {@code body} runs; it belongs to this run again afterwards. */
    public <T> T lendModule(Supplier<T> body) {
        LightningModule<Object> mine = lightningModule();
        mine.attach(null);
        try {
            return body.get();
        } finally {
            mine.attach((Trainer) this);
        }
    }

    /** The checkpoint that the running (or last) run started from. */
    public Optional<Path> ckptPath() {
        return Optional.ofNullable(ckptPath);
    }

    public Path defaultRootDir() {
        return options.rootDir;
    }

    /** Callbacks of the running (or last) run, in their order. */
    public List<Callback> callbacks() {
        return hooks.callbacks().isEmpty() ? ownCallbacks : hooks.callbacks();
    }

    List<Callback> ownCallbacks() {
        return ownCallbacks;
    }

    public Optional<CheckpointCallback> checkpointCallback() {
        return checkpointCallbacks().stream().findFirst();
    }

    public List<CheckpointCallback> checkpointCallbacks() {
        return callbacks().stream().filter(CheckpointCallback.class::isInstance).map(CheckpointCallback.class::cast).toList();
    }

    public Optional<EarlyStop> earlyStoppingCallback() {
        return callbacks().stream().filter(EarlyStop.class::isInstance).map(EarlyStop.class::cast).findFirst();
    }

    public List<EarlyStop> earlyStoppingCallbacks() {
        return callbacks().stream().filter(EarlyStop.class::isInstance).map(EarlyStop.class::cast).toList();
    }

    public Optional<ProgressBar> progressBarCallback() {
        return callbacks().stream().filter(ProgressBar.class::isInstance).map(ProgressBar.class::cast).findFirst();
    }

    /** The optimizers of the running fit. */
    public List<Optimizer> rawOptimizers() {
        return optimizers.optimizers();
    }

    public List<SchedulerConfig> schedulerConfigs() {
        return optimizers.schedulers();
    }

    /** Replaces optimizers and schedulers of the running fit; for callbacks that take over the schedule. */
    public void replaceOptimizers(Optimizers other) {
        other.validate(module.automaticOptimization());
        optimizers = other;
        manual = other.optimizers().stream().map(o -> new ManualOptimizer((Trainer) this, o)).toList();
        fitLoop.optimize(other, transfer);
    }

    /** @throws IllegalStateException before the first run */
    public LightningModule<Object> lightningModule() {
        if (module == null) {
            throw new IllegalStateException("no model was attached to this Trainer yet");
        }
        return module;
    }

    /** Null without one. */
    public DataModule<Object> dataModule() {
        return data;
    }

    public Strategy strategy() {
        return strategy;
    }

    public Precision precision() {
        return precision;
    }

    /** Processes of the run. */
    public int worldSize() {
        return strategy.worldSize();
    }

    public int globalRank() {
        return strategy.globalRank();
    }

    public int localRank() {
        return strategy.localRank();
    }

    public int nodeRank() {
        return strategy.nodeRank();
    }

    /** The loss scaler of {@code 16-mixed}; empty otherwise. */
    public Optional<LossScaler> scaler() {
        return precision instanceof MixedPrecision m ? Optional.ofNullable(m.scaler()) : Optional.empty();
    }

    public boolean isGlobalZero() {
        return strategy.isGlobalZero();
    }

    /** Null between runs. */
    public Stage stage() {
        return stage;
    }

    public Phase phase() {
        return phase;
    }

    void phase(Phase p) {
        phase = p;
    }

    public Status status() {
        return status;
    }

    void status(Status s) {
        status = s;
    }

    public boolean isSanityChecking() {
        return stage == Stage.FIT && phase == Phase.SANITY_CHECK;
    }

    public boolean isTraining() {
        return stage == Stage.FIT && phase == Phase.TRAIN;
    }

    public boolean isTesting() {
        return stage == Stage.TEST;
    }

    public boolean isPredicting() {
        return stage == Stage.PREDICT;
    }

    /** Whether the running (or last) run was stopped, by a request or an exception. */
    public boolean isInterrupted() {
        return status == Status.INTERRUPTED;
    }

    public boolean isValidating() {
        return stage != null && phase == Phase.VALIDATE;
    }

    /** Batches of a development run; 0 when it is none. */
    public int fastDevRun() {
        return options.fastDevRun;
    }

    /** -1 for no limit, and before a fit without one. */
    public int maxEpochs() {
        return options.maxEpochs == null ? -1 : options.maxEpochs;
    }

    public long maxSteps() {
        return options.maxSteps;
    }

    public int logEveryNSteps() {
        return options.logEveryNSteps;
    }

    /** Null: only the batch or time interval decides. */
    public Integer checkValEveryNEpoch() {
        return options.checkValEveryNEpoch;
    }

    /** Whether validation runs once, at the end of an epoch. */
    public boolean validatesAtEpochEnd() {
        return options.valCheck instanceof ValCheck.Fraction f && f.value() == 1;
    }

    /** Whether validation goes by the clock. */
    public boolean validatesByTime() {
        return options.valCheck instanceof ValCheck.Time;
    }

    /** Whether fit validates at all: there are a step, data and batches. */
    public boolean hasValidation() {
        return validation != null && validation.isEnabled();
    }

    /** Null when gradients are not clipped. */
    public Double gradientClipVal() {
        return options.clipValue;
    }

    public GradientClipping gradientClipAlgorithm() {
        return options.clipAlgorithm;
    }

    /** The clock of time limits, in nanoseconds. */
    public long nanoTime() {
        return options.nanoTime.getAsLong();
    }

    boolean maxStepsReached() {
        return fitLoop.maxStepsReached();
    }

    TrainerOptions options() {
        return options;
    }

    HookRunner hooks() {
        return hooks;
    }

    MetricLog metricLog() {
        return metricLog;
    }

    FitLoop fitLoop() {
        return fitLoop;
    }

    TrainerState state() {
        return state;
    }

    BatchTransfer transfer() {
        return transfer;
    }
}
