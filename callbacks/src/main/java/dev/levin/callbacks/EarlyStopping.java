package dev.levin.callbacks;

import dev.levin.trainer.EarlyStop;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MetricValue;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Ends training when a metric stops improving, passes a threshold, or is no longer finite.
 *
 * <p>Patience counts checks, not epochs. Only values that are new since the last check are looked at. In order: not finite,
 * better than {@link #stoppingThreshold}, worse than {@link #divergenceThreshold}, improved by more than {@link #minDelta}
 * (patience starts again), else one more check without improvement.
 */
public final class EarlyStopping implements EarlyStop {
    /** Why training was stopped. */
    public enum Reason { NOT_STOPPED, STOPPING_THRESHOLD, DIVERGENCE_THRESHOLD, PATIENCE_EXHAUSTED, NON_FINITE_METRIC }

    private final String monitor;
    private Mode mode = Mode.MIN;
    private double minDelta;
    private int patience = 3;
    private boolean strict = true;
    private boolean checkFinite = true;
    private boolean verbose;
    private Double stoppingThreshold;
    private Double divergenceThreshold;
    private Boolean checkOnTrainEpochEnd;
    private boolean atTrainEpochEnd;

    private int waitCount;
    private int stoppedEpoch;
    private boolean stopRestored;
    private double bestScore;
    private Reason reason = Reason.NOT_STOPPED;
    private String message = "";
    private long seenStep = -1;
    private int seenEpoch = -1;

    /** Watches a metric that should fall, with a patience of 3 checks. */
    public EarlyStopping(String monitor) {
        this(monitor, Mode.MIN);
    }

    public EarlyStopping(String monitor, Mode mode) {
        this.monitor = Objects.requireNonNull(monitor, "the name of a metric to watch");
        mode(mode);
    }

    public EarlyStopping mode(Mode m) {
        mode = m;
        bestScore = m.worst();
        return this;
    }

    /** Smallest change that counts as an improvement. */
    public EarlyStopping minDelta(double delta) {
        minDelta = Math.abs(delta);
        return this;
    }

    /** Checks without improvement after which training ends. */
    public EarlyStopping patience(int checks) {
        if (checks < 0) {
            throw new IllegalArgumentException("patience is a number of checks, 0 or more, got " + checks);
        }
        patience = checks;
        return this;
    }

    /** False: a metric that is not there is waited for instead of being an error. */
    public EarlyStopping strict(boolean on) {
        strict = on;
        return this;
    }

    public EarlyStopping checkFinite(boolean on) {
        checkFinite = on;
        return this;
    }

    public EarlyStopping verbose(boolean on) {
        verbose = on;
        return this;
    }

    /** Good enough: training ends when the metric is better. */
    public EarlyStopping stoppingThreshold(double value) {
        stoppingThreshold = value;
        return this;
    }

    /** Hopeless: training ends when the metric is worse. */
    public EarlyStopping divergenceThreshold(double value) {
        divergenceThreshold = value;
        return this;
    }

    /** Checks at the end of training epochs (true) or of validation runs (false); by default whichever comes with validation. */
    public EarlyStopping checkOnTrainEpochEnd(boolean on) {
        checkOnTrainEpochEnd = on;
        return this;
    }

    @Override
    public String stateKey() {
        return "EarlyStopping{'monitor': '" + monitor + "', 'mode': '" + mode.key() + "'}";
    }

    @Override
    public String stoppingReason() {
        return message;
    }

    public Reason reason() {
        return reason;
    }

    public int waitCount() {
        return waitCount;
    }

    /** Epoch in which training was stopped; 0 if it was not. */
    public int stoppedEpoch() {
        return stoppedEpoch;
    }

    public double bestScore() {
        return bestScore;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        atTrainEpochEnd = checkOnTrainEpochEnd != null ? checkOnTrainEpochEnd
                : trainer.validatesAtEpochEnd() && Integer.valueOf(1).equals(trainer.checkValEveryNEpoch());
    }

    /** A run that is resumed after it was told to stop, stops: right away, or when it has its minimum of epochs and steps. */
    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        if (stopRestored) {
            stopRestored = false;
            trainer.requestStop(message);
        }
    }

    private static boolean skips(Trainer trainer) {
        return trainer.fastDevRun() > 0 || trainer.stage() != Stage.FIT || trainer.isSanityChecking();
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (atTrainEpochEnd && !skips(trainer)) {
            check(trainer);
        }
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        if (!atTrainEpochEnd && !skips(trainer)) {
            check(trainer);
        }
    }

    private void check(Trainer trainer) {
        Optional<MetricValue> found = trainer.callbackMetrics().value(monitor);
        if (found.isEmpty()) {
            if (strict) {
                throw new MisconfigurationException("EarlyStopping watches '" + monitor + "', which was not logged; there are "
                        + trainer.callbackMetrics().keySet() + ". Log it, watch one of these, or use strict(false)");
            }
            if (verbose) {
                LoggerFactory.getLogger(EarlyStopping.class).warn("EarlyStopping watches '{}', which is not logged yet; there are {}", monitor,
                        trainer.callbackMetrics().keySet());
            }
            return;
        }
        MetricValue v = found.get();
        if (v.step() == seenStep && v.epoch() == seenEpoch) {
            return;
        }
        seenStep = v.step();
        seenEpoch = v.epoch();
        if (evaluate(v.get())) {
            stoppedEpoch = trainer.currentEpoch();
            trainer.requestStop(message);
        }
        if (verbose && !message.isEmpty()) {
            trainer.print(message);
        }
    }

    /** Whether training should end. */
    private boolean evaluate(double value) {
        if (checkFinite && !Double.isFinite(value)) {
            return stop(Reason.NON_FINITE_METRIC, "is " + value + "; the best was " + bestScore
                    + ". Lower the learning rate, clip gradients, or look at the data");
        }
        if (stoppingThreshold != null && mode.isBetter(value, stoppingThreshold)) {
            return stop(Reason.STOPPING_THRESHOLD, "reached " + value + ", better than the threshold " + stoppingThreshold);
        }
        if (divergenceThreshold != null && mode.isBetter(divergenceThreshold, value)) {
            return stop(Reason.DIVERGENCE_THRESHOLD, "is " + value + ", worse than the divergence threshold " + divergenceThreshold);
        }
        double delta = mode == Mode.MIN ? -minDelta : minDelta;
        if (mode.isBetter(value - delta, bestScore)) {
            bestScore = value;
            waitCount = 0;
            message = "";
            return false;
        }
        waitCount++;
        return waitCount >= patience && stop(Reason.PATIENCE_EXHAUSTED, "did not improve in the last " + waitCount + " checks; the best was " + bestScore);
    }

    private boolean stop(Reason why, String text) {
        reason = why;
        message = "early stopping: " + monitor + " " + text;
        return true;
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("wait_count", waitCount);
        m.put("stopped_epoch", stoppedEpoch);
        m.put("best_score", bestScore);
        m.put("patience", patience);
        m.put("stopping_reason", reason.name());
        m.put("stopping_reason_message", message);
        m.put("seen_step", seenStep);
        m.put("seen_epoch", seenEpoch);
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        waitCount = ((Number) state.get("wait_count")).intValue();
        stoppedEpoch = ((Number) state.get("stopped_epoch")).intValue();
        bestScore = ((Number) state.get("best_score")).doubleValue();
        patience = ((Number) state.get("patience")).intValue();
        reason = Reason.valueOf((String) state.getOrDefault("stopping_reason", Reason.NOT_STOPPED.name()));
        message = (String) state.getOrDefault("stopping_reason_message", "");
        seenStep = ((Number) state.getOrDefault("seen_step", -1)).longValue();
        seenEpoch = ((Number) state.getOrDefault("seen_epoch", -1)).intValue();
        stopRestored = reason != Reason.NOT_STOPPED;
    }
}
