package dev.levin.trainer;

import dev.levin.metrics.Metric;

/** One key logged in one hook (for one evaluation loader): its options, its latest value, and what it gathers in an epoch. */
final class LoggedMetric {
    final Hook hook;
    final String name;
    /** Index of the evaluation loader; -1 outside loaders. */
    final int loader;
    final LogOptions options;
    final Accumulator accumulator;
    /** The metric object that was logged; null for numbers and tensors. */
    Metric object;
    MetricValue latest;
    /** Logged since the last reset. */
    boolean active;
    /** Has a step value that loggers have not seen. */
    boolean fresh;
    /** Step and epoch of the last call. */
    long step;
    int epoch;
    String suffix = "";

    LoggedMetric(Hook hook, String name, int loader, LogOptions options) {
        this.hook = hook;
        this.name = name;
        this.loader = loader;
        this.options = options;
        this.accumulator = options.onEpoch() ? new Accumulator(name, options.reduce()) : null;
    }

    String plainKey() {
        return name + suffix;
    }

    String stepKey() {
        return (options.forked() ? name + "_step" : name) + suffix;
    }

    String epochKey() {
        return (options.forked() ? name + "_epoch" : name) + suffix;
    }

    MetricValue epochValue() {
        if (object != null) {
            Metric m = object;
            return new MetricValue(() -> m.compute().item(), step, epoch);
        }
        return new MetricValue(accumulator::result, step, epoch);
    }

    void reset() {
        active = false;
        fresh = false;
        latest = null;
        if (accumulator != null) {
            accumulator.reset();
        }
        if (object != null) {
            object.reset();
        }
    }
}
