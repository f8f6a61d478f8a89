package dev.levin.trainer;

import dev.levin.tensor.Step;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The batches of one training epoch. For each: fetch, transfer, hooks, optimization, schedulers, hooks, step metrics,
 * validation if it is due, plateau schedulers.
 */
final class TrainingEpochLoop {
    private final Trainer trainer;
    private final LightningModule<Object> module;
    private final HookRunner hooks;
    private final MetricLog log;
    private final FitProgress progress;
    private final BatchTransfer transfer;
    private final LrSchedules schedules;
    private final AutomaticOptimization automatic;
    private final ValidationClock validation;
    private final EvaluationLoop validationLoop;
    private final LossWatch watch;
    private final WorkerAdvice advice = new WorkerAdvice();
    private BatchSource source;
    private boolean stopHeldBack;
    private boolean accumulating;

    TrainingEpochLoop(Trainer trainer, LightningModule<Object> module, FitProgress progress, BatchTransfer transfer, LrSchedules schedules,
            AutomaticOptimization automatic, EvaluationLoop validationLoop) {
        this.trainer = trainer;
        this.module = module;
        this.hooks = trainer.hooks();
        this.log = trainer.metricLog();
        this.progress = progress;
        this.transfer = transfer;
        this.schedules = schedules;
        this.automatic = automatic;
        this.validationLoop = validationLoop;
        this.validation = new ValidationClock(trainer.options(), trainer);
        this.watch = new LossWatch(trainer);
    }

    void source(BatchSource batches) {
        source = batches;
        validation.batches(batches, validationLoop.isEnabled());
    }

    void onTrainStart() {
        validation.restart();
    }

    /** From the current position to the end of the epoch, or to where training stops. */
    void run() {
        accumulating = progress.window > 0;
        advice.epochStarts();
        switch (progress.position) {
            case AFTER_STEP -> afterStep(true);
            case AFTER_VALIDATION -> afterStep(false);
            default -> { }
        }
        while (!isDone()) {
            if (!advance()) {
                break;
            }
            afterStep(true);
        }
        watch.check();
        watch.settle();
        advice.epochEnds(trainer, source.loader());
    }

    private boolean allBatchesDone() {
        return progress.epochComplete || progress.batch >= source.batches();
    }

    private boolean isDone() {
        if (allBatchesDone() || trainer.maxStepsReached()) {
            return true;
        }
        if (!trainer.shouldStop()) {
            return false;
        }
        if (!trainer.fitLoop().canStopEarly() && !stopHeldBack) {
            stopHeldBack = true;
            LoggerFactory.getLogger(Trainer.class).info("a request to stop is held back until min_epochs={} and min_steps={} are met; training goes on",
                    trainer.options().minEpochs, trainer.options().minSteps);
        }
        return trainer.fitLoop().canStopEarly();
    }

    /** One batch; false to leave the epoch. */
    private boolean advance() {
        if (!source.hasNext()) {
            progress.lastBatch = true;
            progress.epochComplete = true;
            return false;
        }
        long asked = System.nanoTime();
        Object fetched = hooks.measure("[TrainingEpochLoop].train_dataloader_next", source::next);
        advice.waited(System.nanoTime() - asked);
        progress.lastBatch = source.isLast();
        int index = progress.batch;
        log.at(progress.globalStep, progress.epoch);
        Map<String, Object> outputs = Map.of();
        Object batch = null;
        boolean stepped = false;
        if (fetched == null) {
            LoggerFactory.getLogger(Trainer.class).warn("the training loader gave null as batch {}; it is skipped", index);
        } else {
            batch = transfer.transfer(fetched, 0);
            Object b = batch;
            log.batchStarts(b);
            if (startBatch(b, index) == Flow.SKIP_EPOCH) {
                progress.lastBatch = true;
                progress.epochComplete = true;
                schedules.update(SchedulerConfig.Interval.EPOCH, index, false);
                return false;
            }
            long before = progress.globalStep;
            outputs = hooks.measure("[TrainingEpochLoop].run_training_batch", () -> optimize(b, index));
            stepped = automatic == null || progress.globalStep > before;
        }
        finishOptimization(index, stepped);
        if (fetched != null) {
            endBatch(outputs, batch, index);
        }
        sendStepMetrics();
        return true;
    }

    private Flow startBatch(Object batch, int index) {
        Flow[] flow = {Flow.CONTINUE};
        hooks.run(Hook.ON_TRAIN_BATCH_START, c -> c.onTrainBatchStart(trainer, module, batch, index),
                () -> flow[0] = module.onTrainBatchStart(batch, index));
        return flow[0];
    }

    private Map<String, Object> optimize(Object batch, int index) {
        if (automatic == null) {
            accumulating = false;
            return Step.run("train", () -> AutomaticOptimization.Outputs.detached(trainer.precision().forward(
                    () -> hooks.call(Hook.TRAINING_STEP, () -> module.trainingStepOutputs(batch, index)))));
        }
        int factor = trainer.accumulateGradBatches();
        int start = index - index % factor;
        int size = source.batches() == Integer.MAX_VALUE ? factor : Math.min(factor, source.batches() - start);
        boolean ends = (index + 1) % factor == 0 || progress.lastBatch;
        accumulating = !ends;
        Map<String, Object> outputs = automatic.run(batch, index, size, ends);
        progress.window = ends ? 0 : progress.window + 1;
        if (outputs.isEmpty()) {
            progress.skippedBatches++;
            if (progress.skippedBatches == 1) {
                LoggerFactory.getLogger(Trainer.class).warn("trainingStep returned null for batch {}: the batch is skipped and no step counted", index);
            }
        } else {
            watch.offer(outputs.get("loss"), index);
        }
        if (ends) {
            progress.globalStep += progress.contributions > 0 ? 1 : 0;
            progress.contributions = 0;
        }
        return outputs;
    }

    private void finishOptimization(int index, boolean stepped) {
        progress.batch = index + 1;
        progress.totalBatches++;
        progress.epochComplete = progress.lastBatch;
        progress.stepped = stepped;
        progress.position = Position.AFTER_STEP;
        log.at(progress.globalStep, progress.epoch);
        log.deliverOlder();
        watch.settle();
        if (stepped) {
            schedules.update(SchedulerConfig.Interval.STEP, index, false);
        }
        if (allBatchesDone()) {
            schedules.update(SchedulerConfig.Interval.EPOCH, index, false);
        }
    }

    private void endBatch(Map<String, Object> outputs, Object batch, int index) {
        hooks.run(Hook.ON_TRAIN_BATCH_END, c -> c.onTrainBatchEnd(trainer, module, outputs, batch, index),
                () -> module.onTrainBatchEnd(outputs, batch, index));
    }

    /** If it is time for it; what was sent is not sent again. */
    void sendStepMetrics() {
        if (accumulating) {
            return;
        }
        int every = trainer.options().logEveryNSteps;
        boolean due = every > 0 && ((progress.batchesThatStepped + 1) % every == 0 || trainer.shouldStop());
        if (due || trainer.options().fastDevRun > 0) {
            log.sendSteps(progress.batchesThatStepped, true);
            watch.check();
        }
    }

    /** What belongs to a batch after its hooks. */
    private void afterStep(boolean validate) {
        int index = progress.batch - 1;
        if (validate && validation.isDue(progress, trainer.shouldStop() && trainer.fitLoop().canStopEarly())) {
            trainer.stopIfInterrupted();
            trainer.validateWithinFit(!accumulating);
            validation.restart();
        }
        progress.position = Position.AFTER_VALIDATION;
        if (!accumulating) {
            schedules.update(SchedulerConfig.Interval.STEP, index, true);
        }
        progress.batchesThatStepped += progress.stepped ? 1 : 0;
        progress.position = Position.BATCH_DONE;
        trainer.safePoint();
    }
}
