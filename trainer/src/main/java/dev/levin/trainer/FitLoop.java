package dev.levin.trainer;

import dev.levin.tensor.Engine;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The epochs of a fit. */
final class FitLoop {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private final Trainer trainer;
    private final TrainerOptions options;
    private final HookRunner hooks;
    private final MetricLog log;
    private final FitProgress progress = new FitProgress();
    private LightningModule<Object> module;
    private DataInput input;
    private TrainingEpochLoop epochLoop;
    private LrSchedules schedules;
    private EvaluationLoop validation;
    private BatchSource source;
    private int sourceEpoch;
    private Map<String, Object> loaderState;
    private boolean restored;
    private String stopReason = "";

    FitLoop(Trainer trainer) {
        this.trainer = trainer;
        this.options = trainer.options();
        this.hooks = trainer.hooks();
        this.log = trainer.metricLog();
    }

    FitProgress progress() {
        return progress;
    }

    BatchSource source() {
        return source;
    }

    String stopReason() {
        return stopReason;
    }

    /** Takes the parts of a run. */
    void begin(LightningModule<Object> model, DataInput data, EvaluationLoop validationLoop) {
        module = model;
        input = data;
        validation = validationLoop;
        source = null;
        loaderState = null;
        restored = false;
        stopReason = "";
        epochLoop = null;
    }

    /** Takes what the module configured. */
    void optimize(Optimizers configured, BatchTransfer transfer) {
        LightningModule<Object> model = module;
        boolean automatic = model.automaticOptimization();
        schedules = new LrSchedules(trainer, model, progress, automatic ? configured.schedulers() : java.util.List.of());
        AutomaticOptimization optimization = automatic ? new AutomaticOptimization(trainer, model, progress,
                configured.optimizers().isEmpty() ? null : configured.optimizers().getFirst()) : null;
        epochLoop = new TrainingEpochLoop(trainer, model, progress, transfer, schedules, optimization, validation);
        if (source != null) {
            epochLoop.source(source);
        }
    }

    /** Continues from a checkpoint's counters. */
    void restore(Map<String, Object> state, Map<String, Object> loader) {
        progress.loadStateDict(state);
        loaderState = loader;
        restored = true;
        if (progress.position == Position.EPOCH_END && !progress.epochComplete) {
            // The run stopped inside the epoch; its end hooks ran, but there are batches left.
            progress.position = Position.BATCH_DONE;
            progress.epochsProcessed = progress.epoch;
        }
        Integer max = options.maxEpochs;
        if (max != null && max >= 0 && progress.epochsProcessed > max) {
            throw new MisconfigurationException("the checkpoint was written in epoch " + progress.epochsProcessed + " (current_epoch), but max_epochs is "
                    + max + "; set max_epochs higher to go on training");
        }
    }

    // ---- limits -------------------------------------------------------------------------------------------------------

    boolean maxStepsReached() {
        return options.maxSteps >= 0 && progress.globalStep >= options.maxSteps;
    }

    boolean canStopEarly() {
        return (options.minEpochs == null || progress.epochsProcessed >= options.minEpochs)
                && (options.minSteps == null || progress.globalStep >= options.minSteps);
    }

    private boolean skip() {
        return options.limitTrain.isZero() || isDone();
    }

    boolean isDone() {
        if (source != null && source.batches() == 0) {
            return stop("no training batches");
        }
        if (maxStepsReached()) {
            return stop("max_steps=" + options.maxSteps + " reached");
        }
        Integer max = options.maxEpochs;
        if (max != null && max >= 0 && progress.epochsProcessed >= max) {
            return stop("max_epochs=" + max + " reached");
        }
        if (trainer.shouldStop() && canStopEarly()) {
            stopReason = trainer.stopRequest();
            LOG.debug("fit stopped: {}", stopReason);
            return true;
        }
        return false;
    }

    private boolean stop(String reason) {
        if (stopReason.isEmpty()) {
            LOG.info("fit stopped: {}", reason);
        }
        stopReason = reason;
        return true;
    }

    // ---- the loop -----------------------------------------------------------------------------------------------------

    void run() {
        stopReason = "";
        if (options.limitTrain.isZero()) {
            stopReason = "limit_train_batches=0";
            return;
        }
        setupData();
        // what the interrupted run had begun is ended, even if no limit leaves room for more
        boolean begun = restored && progress.position != Position.BETWEEN_EPOCHS;
        if (skip() && !begun) {
            return;
        }
        if (loaderState != null) {
            source.restore(loaderState);
            loaderState = null;
        }
        boolean inside = begun && progress.position != Position.EPOCH_END;
        onRunStart();
        for (boolean more = inside || !isDone(); more; more = !isDone()) {
            startEpoch();
            epochLoop.run();
            endEpoch();
        }
        hooks.run(Hook.ON_TRAIN_END, c -> c.onTrainEnd(trainer, module), module::onTrainEnd);
    }

    private void setupData() {
        int every = options.reloadEveryNEpochs;
        if (source != null && (every == 0 || progress.epoch - sourceEpoch < every)) {
            return;
        }
        sourceEpoch = restored && every > 0 ? progress.epoch / every * every : progress.epoch;
        Iterable<?> loader = hooks.measure("[FitLoop].setup_train_dataloader",
                () -> input.training(module, hooks, !options.overfit.isZero()));
        source = new BatchSource("", Checks.loader(loader, "fit", "trainDataloader"), options.limitTrain, "limit_train_batches");
        if (epochLoop != null) {
            epochLoop.source(source);
        }
        if (trainer.hasLoggers() && options.logEveryNSteps > 0 && source.batches() < options.logEveryNSteps && options.fastDevRun == 0) {
            LOG.warn("an epoch has {} batches, fewer than log_every_n_steps={}; set it lower to see step metrics of every epoch", source.batches(),
                    options.logEveryNSteps);
        }
    }

    /** Loads the training loader early, for those who ask for its length. */
    BatchSource sourceNow() {
        setupData();
        return source;
    }

    private void onRunStart() {
        if (progress.position == Position.EPOCH_END) {
            // Restored from the hooks of an epoch's end: what comes after them is still to be done.
            schedules.update(SchedulerConfig.Interval.EPOCH, progress.batch - 1, true);
            progress.epoch = progress.epochsProcessed;
            progress.position = Position.BETWEEN_EPOCHS;
        }
        validation.setupDataForTraining();
        log.at(progress.globalStep, progress.epoch);
        epochLoop.onTrainStart();
        trainer.warnAboutEvalModules();
        hooks.run(Hook.ON_TRAIN_START, c -> c.onTrainStart(trainer, module), module::onTrainStart);
    }

    /** Hands loggers all that was logged so far: a run that goes on from here does not log it again. */
    void sendLogged() {
        if (epochLoop != null && !log.isInEvaluation()) {
            if (progress.position == Position.AFTER_STEP) {
                epochLoop.sendStepMetrics();
            } else if (progress.position == Position.EPOCH_END) {
                log.sendTrainEpoch(Math.max(0, progress.batchesThatStepped - 1));
            }
        }
        log.deliver();
    }

    private void startEpoch() {
        setupData();
        log.at(progress.globalStep, progress.epoch);
        log.trainEpochStarts();
        if (progress.position != Position.BETWEEN_EPOCHS) {
            resumeInside();
            return;
        }
        progress.startEpoch();
        source.open(progress.epoch);
        hooks.run(Hook.ON_TRAIN_EPOCH_START, c -> c.onTrainEpochStart(trainer, module), module::onTrainEpochStart);
    }

    private void resumeInside() {
        if (progress.epochComplete) {
            return;
        }
        if (restored && progress.batch > 0 && !source.isResumable() && !(source.loader() instanceof java.util.Collection<?>)) {
            LOG.warn("training goes on inside epoch {} after {} batches, but the training loader can't save its position: that many batches are read "
                    + "and dropped. If its order is random, the data differ from those of the interrupted run; use a dev.levin.data.Loader",
                    progress.epoch, progress.batch);
        }
        source.resume(progress.batch);
    }

    private void endEpoch() {
        log.trainEpochEndReached();
        progress.epochsProcessed = progress.epoch + 1;
        progress.position = Position.EPOCH_END;
        hooks.run(Hook.ON_TRAIN_EPOCH_END, c -> c.onTrainEpochEnd(trainer, module), module::onTrainEpochEnd, log::publishEpoch);
        if (progress.epochComplete) {
            schedules.update(SchedulerConfig.Interval.EPOCH, progress.batch - 1, true);
        }
        log.sendTrainEpoch(Math.max(0, progress.batchesThatStepped - 1));
        log.trainEpochEnds();
        progress.epoch = progress.epochsProcessed;
        progress.position = Position.BETWEEN_EPOCHS;
        progress.window = 0;
        progress.contributions = 0;
        Engine.flush();
        trainer.safePoint();
    }

    int batchesPerEpoch() {
        return source == null ? 0 : source.batches();
    }
}
