package dev.levin.callbacks;

import dev.levin.trainer.LightningModule;
import dev.levin.trainer.ProgressBar;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * What progress bars have in common: they follow the run and say which pass over batches begins, how far it is, and when it
 * ends. A subclass draws.
 *
 * <p>Metrics are read from the device only when a bar is drawn, never inside a step. Override {@link #metrics} to show
 * others.
 */
public abstract class ProgressBarBase implements ProgressBar {
    /** What a pass over batches is for. */
    protected enum Pass { SANITY, TRAIN, VALIDATE, TEST, PREDICT }

    private boolean enabled = true;
    private boolean sanity;
    private Progress training;
    private Progress evaluation;
    private int loader = -1;
    private boolean warned;

    // ---- what a subclass draws --------------------------------------------------------------------------------------------

    /** A pass begins; {@code train} is the training epoch it belongs to, or null. */
    abstract void begins(Trainer trainer, Pass pass, Progress progress, Progress train);

    /** A batch is done. Called for every batch: must be cheap. */
    abstract void advances(Trainer trainer, Pass pass, Progress progress, Progress train, long now);

    abstract void ends(Trainer trainer, Pass pass, Progress progress, Progress train, long now);

    /** Everything is over, or failed: what is on the screen stays, what follows starts on a new line. */
    abstract void finish(Trainer trainer);

    /** A line of its own. */
    abstract void line(String text);

    // ---- what users call --------------------------------------------------------------------------------------------------

    /** Shows nothing from now on. */
    public void disable() {
        enabled = false;
    }

    public void enable() {
        enabled = true;
    }

    public boolean isEnabled() {
        return enabled;
    }

    /** Runs after module hooks of the epoch's end, so that what they log is shown. */
    @Override
    public Order order() {
        return Order.MONITOR;
    }

    @Override
    public void print(String line) {
        line(line);
    }

    /**
     * What stands behind the bar, in order: values logged with {@code Log.onProgressBar()}, then {@code v_num}, the version
     * of the first logger.
     */
    protected Map<String, Object> metrics(Trainer trainer) {
        Map<String, Object> shown = new LinkedHashMap<>(trainer.progressBarMetrics());
        if (!trainer.loggers().isEmpty()) {
            String version = trainer.logger().version();
            if (!version.isEmpty()) {
                if (shown.containsKey("v_num") && !warned) {
                    warned = true;
                    LoggerFactory.getLogger(ProgressBarBase.class).warn("'v_num' was logged for the progress bar, where it is the version of the "
                            + "logger; the logged value is shown, use another name to see both");
                }
                shown.putIfAbsent("v_num", version.matches("version_\\d+") ? version.substring(8) : version.substring(Math.max(0, version.length() - 4)));
            }
        }
        return shown;
    }

    /** {@code name=value, name=value}. */
    final String describe(Trainer trainer, String separator, String between) {
        StringBuilder s = new StringBuilder();
        metrics(trainer).forEach((k, v) -> s.append(s.isEmpty() ? "" : separator).append(k).append(between)
                .append(v instanceof Number n ? Text.metric(n.doubleValue()) : v));
        return s.toString();
    }

    private boolean isShown(Trainer trainer) {
        return enabled && trainer.isGlobalZero();
    }

    // ---- training -----------------------------------------------------------------------------------------------------------

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        if (isShown(trainer)) {
            beginTraining(trainer, 0);
        }
    }

    private void beginTraining(Trainer trainer, int done) {
        int total = trainer.numTrainingBatches();
        if (total == Integer.MAX_VALUE && trainer.maxSteps() > 0) {
            long left = (trainer.maxSteps() - trainer.globalStep()) * trainer.accumulateGradBatches();
            total = (int) Math.min(Integer.MAX_VALUE - 1, done + left);
        }
        String epoch = "Epoch " + trainer.currentEpoch() + (trainer.maxEpochs() > 0 ? "/" + (trainer.maxEpochs() - 1) : "");
        training = new Progress(epoch, total, done, trainer.nanoTime());
        begins(trainer, Pass.TRAIN, training, null);
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex) {
        if (training == null && isShown(trainer)) {
            beginTraining(trainer, batchIndex);
        }
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (training != null) {
            long now = trainer.nanoTime();
            training.update(batchIndex + 1, now);
            advances(trainer, Pass.TRAIN, training, null, now);
        }
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (training != null) {
            ends(trainer, Pass.TRAIN, training, null, trainer.nanoTime());
            training = null;
        }
    }

    @Override
    public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
        finish(trainer);
    }

    // ---- evaluation -----------------------------------------------------------------------------------------------------------

    @Override
    public void onSanityCheckStart(Trainer trainer, LightningModule<?> module) {
        sanity = true;
    }

    @Override
    public void onSanityCheckEnd(Trainer trainer, LightningModule<?> module) {
        endEvaluation(trainer, Pass.SANITY);
        sanity = false;
    }

    private void begin(Trainer trainer, Pass pass, String label, List<Integer> totals, int index) {
        if (!isShown(trainer) || index == loader) {
            return;
        }
        endEvaluation(trainer, pass);
        long now = trainer.nanoTime();
        if (training != null) {
            training.pause(now);
        }
        loader = index;
        String name = totals.size() > 1 ? label + " DataLoader " + index : label;
        evaluation = new Progress(name, index < totals.size() ? totals.get(index) : Integer.MAX_VALUE, 0, now);
        begins(trainer, pass, evaluation, training);
    }

    private void advance(Trainer trainer, Pass pass, int batchIndex) {
        if (evaluation != null) {
            long now = trainer.nanoTime();
            evaluation.update(batchIndex + 1, now);
            advances(trainer, pass, evaluation, training, now);
        }
    }

    private void endEvaluation(Trainer trainer, Pass pass) {
        if (evaluation != null) {
            Progress over = evaluation;
            evaluation = null;
            long now = trainer.nanoTime();
            ends(trainer, pass, over, training, now);
            if (training != null) {
                training.resume(now);
            }
        }
        loader = -1;
    }

    private Pass validating() {
        return sanity ? Pass.SANITY : Pass.VALIDATE;
    }

    @Override
    public void onValidationBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int index) {
        if (index != loader) {
            begin(trainer, validating(), sanity ? "Sanity Checking" : "Validation", sanity ? trainer.numSanityValBatches() : trainer.numValBatches(), index);
        }
    }

    @Override
    public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int index) {
        advance(trainer, validating(), batchIndex);
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        endEvaluation(trainer, validating());
        if (trainer.stage() == Stage.VALIDATE) {
            finish(trainer);
        }
    }

    @Override
    public void onTestBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int index) {
        if (index != loader) {
            begin(trainer, Pass.TEST, "Testing", trainer.numTestBatches(), index);
        }
    }

    @Override
    public void onTestBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int index) {
        advance(trainer, Pass.TEST, batchIndex);
    }

    @Override
    public void onTestEnd(Trainer trainer, LightningModule<?> module) {
        endEvaluation(trainer, Pass.TEST);
        finish(trainer);
    }

    @Override
    public void onPredictBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int index) {
        if (index != loader) {
            begin(trainer, Pass.PREDICT, "Predicting", trainer.numPredictBatches(), index);
        }
    }

    @Override
    public void onPredictBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int index) {
        advance(trainer, Pass.PREDICT, batchIndex);
    }

    @Override
    public void onPredictEnd(Trainer trainer, LightningModule<?> module) {
        endEvaluation(trainer, Pass.PREDICT);
        finish(trainer);
    }

    // ---- the end --------------------------------------------------------------------------------------------------------------

    @Override
    public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
        training = null;
        evaluation = null;
        sanity = false;
        loader = -1;
        finish(trainer);
    }

    @Override
    public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
        training = null;
        evaluation = null;
        loader = -1;
        finish(trainer);
    }
}
