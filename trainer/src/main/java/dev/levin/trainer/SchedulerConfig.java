package dev.levin.trainer;

import dev.levin.optim.Scheduler;

/**
 * A learning-rate scheduler and when it steps.
 *
 * @param interval after each epoch or after each optimizer step
 * @param frequency every how many of these
 * @param monitor the metric a plateau scheduler follows; null otherwise
 * @param strict whether a missing monitor is an error (otherwise a warning, and the scheduler does not step)
 * @param name replaces the generated name in learning-rate monitors; may be null
 * @param reduceOnPlateau whether it steps with the monitored value
 */
public record SchedulerConfig(Scheduler scheduler, Interval interval, int frequency, String monitor, boolean strict, String name,
                              boolean reduceOnPlateau) {
    /** What a scheduler counts. */
    public enum Interval {
        EPOCH, STEP;

        /** @throws MisconfigurationException listing the values */
        public static Interval parse(String text) {
            return switch (text) {
                case "epoch" -> EPOCH;
                case "step" -> STEP;
                default -> throw new MisconfigurationException("the interval of a scheduler must be one of [epoch, step], not '" + text + "'");
            };
        }
    }

    public SchedulerConfig {
        if (scheduler == null) {
            throw new MisconfigurationException("a scheduler configuration needs a scheduler");
        }
        if (frequency < 1) {
            throw new MisconfigurationException("the frequency of " + scheduler.getClass().getSimpleName() + " must be at least 1, not " + frequency);
        }
    }

    /** Each epoch, and with a monitored value if the scheduler needs one. */
    public static SchedulerConfig of(Scheduler scheduler) {
        return new SchedulerConfig(scheduler, Interval.EPOCH, 1, null, true, null, scheduler.needsMetric());
    }

    public SchedulerConfig everyStep() {
        return every(1, Interval.STEP);
    }

    public SchedulerConfig every(int newFrequency, Interval newInterval) {
        return new SchedulerConfig(scheduler, newInterval, newFrequency, monitor, strict, name, reduceOnPlateau);
    }

    public SchedulerConfig monitor(String metric) {
        return new SchedulerConfig(scheduler, interval, frequency, metric, strict, name, reduceOnPlateau);
    }

    /** A missing monitor is a warning. */
    public SchedulerConfig lenient() {
        return new SchedulerConfig(scheduler, interval, frequency, monitor, false, name, reduceOnPlateau);
    }

    public SchedulerConfig named(String newName) {
        return new SchedulerConfig(scheduler, interval, frequency, monitor, strict, newName, reduceOnPlateau);
    }

    /** For schedulers of one's own that step with a metric. */
    public SchedulerConfig onPlateau() {
        return new SchedulerConfig(scheduler, interval, frequency, monitor, strict, name, true);
    }
}
