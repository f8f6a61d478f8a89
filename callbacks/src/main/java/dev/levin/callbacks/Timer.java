package dev.levin.callbacks;

import dev.levin.trainer.Durations;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.TimeLimit;
import dev.levin.trainer.Trainer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Measures how long each stage runs, and ends training when its time is up. The time of earlier runs counts after a resume.
 * {@code min_epochs} and {@code min_steps} are kept even when time is up.
 */
public final class Timer implements TimeLimit {
    /** When time is looked at. */
    public enum Interval { STEP, EPOCH }

    private final Duration limit;
    private final Map<Stage, Long> starts = new EnumMap<>(Stage.class);
    private final Map<Stage, Long> ends = new EnumMap<>(Stage.class);
    private Interval interval = Interval.STEP;
    private boolean verbose = true;
    private long before;
    private Trainer trainer;

    /** Measures without a limit. */
    public Timer() {
        this((Duration) null);
    }

    /**
     * @param limit null for none
     * @throws IllegalArgumentException if it is negative
     */
    public Timer(Duration limit) {
        if (limit != null && limit.isNegative()) {
            throw new IllegalArgumentException("the time limit is " + limit + "; use zero or more");
        }
        this.limit = limit;
    }

    /** @param limit as {@code DD:HH:MM:SS} */
    public Timer(String limit) {
        this(Durations.parse(limit));
    }

    /** Looks at the clock after every step (the default) or every epoch. */
    public Timer interval(Interval when) {
        interval = when;
        return this;
    }

    /** Whether the end of time is reported. */
    public Timer verbose(boolean on) {
        verbose = on;
        return this;
    }

    /** Training time so far, with that of the runs this one continues. */
    public Duration timeElapsed() {
        return timeElapsed(Stage.FIT);
    }

    /** Time since the stage began, or that it took. */
    public Duration timeElapsed(Stage stage) {
        long offset = stage == Stage.FIT ? before : 0;
        Long start = starts.get(stage);
        if (start == null) {
            return Duration.ofNanos(offset);
        }
        Long end = ends.get(stage);
        return Duration.ofNanos((end == null ? trainer.nanoTime() : end) - start + offset);
    }

    /** Training time left, not below zero; empty without a limit. */
    public Optional<Duration> timeRemaining() {
        if (limit == null) {
            return Optional.empty();
        }
        Duration left = limit.minus(timeElapsed());
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }

    private void start(Trainer t, Stage stage) {
        trainer = t;
        starts.put(stage, t.nanoTime());
        ends.remove(stage);
    }

    private void check() {
        if (limit != null && timeElapsed().compareTo(limit) >= 0 && !trainer.shouldStop()) {
            trainer.requestStop("the time limit of " + Text.time(limit.toNanos() / 1e9) + " is reached");
            if (verbose) {
                LoggerFactory.getLogger(Timer.class).info("the time limit of {} is reached after {}; training stops", limit, timeElapsed());
            }
        }
    }

    @Override
    public void onFitStart(Trainer t, LightningModule<?> module) {
        trainer = t;
        starts.remove(Stage.FIT);
        check();
    }

    @Override
    public void onTrainStart(Trainer t, LightningModule<?> module) {
        start(t, Stage.FIT);
    }

    @Override
    public void onTrainBatchEnd(Trainer t, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (interval == Interval.STEP) {
            check();
        }
    }

    @Override
    public void onTrainEpochEnd(Trainer t, LightningModule<?> module) {
        if (interval == Interval.EPOCH) {
            check();
        }
    }

    @Override
    public void onTrainEnd(Trainer t, LightningModule<?> module) {
        ends.put(Stage.FIT, t.nanoTime());
    }

    @Override
    public void onValidationStart(Trainer t, LightningModule<?> module) {
        start(t, Stage.VALIDATE);
    }

    @Override
    public void onValidationEnd(Trainer t, LightningModule<?> module) {
        ends.put(Stage.VALIDATE, t.nanoTime());
    }

    @Override
    public void onTestStart(Trainer t, LightningModule<?> module) {
        start(t, Stage.TEST);
    }

    @Override
    public void onTestEnd(Trainer t, LightningModule<?> module) {
        ends.put(Stage.TEST, t.nanoTime());
    }

    @Override
    public void onPredictStart(Trainer t, LightningModule<?> module) {
        start(t, Stage.PREDICT);
    }

    @Override
    public void onPredictEnd(Trainer t, LightningModule<?> module) {
        ends.put(Stage.PREDICT, t.nanoTime());
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> elapsed = new LinkedHashMap<>();
        for (Stage s : Stage.values()) {
            if (s == Stage.FIT || starts.containsKey(s)) {
                elapsed.put(s.key(), timeElapsed(s).toNanos() / 1e9);
            }
        }
        return Map.of("time_elapsed", elapsed);
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        if (state.get("time_elapsed") instanceof Map<?, ?> elapsed && elapsed.get(Stage.FIT.key()) instanceof Number seconds) {
            before = Math.round(seconds.doubleValue() * 1e9);
        }
    }
}
