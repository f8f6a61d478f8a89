package dev.levin.trainer;

import java.util.List;
import org.slf4j.LoggerFactory;

/** Steps the schedulers of a fit when their interval has come. */
final class LrSchedules {
    private final Trainer trainer;
    private final LightningModule<Object> module;
    private final FitProgress progress;
    private final List<SchedulerConfig> configs;

    /** @param configs empty with manual optimization, where the user steps them */
    LrSchedules(Trainer trainer, LightningModule<Object> module, FitProgress progress, List<SchedulerConfig> configs) {
        this.trainer = trainer;
        this.module = module;
        this.progress = progress;
        this.configs = configs;
    }

    /**
     * @param batchIndex of the batch that was just done
     * @param plateau whether those that follow a metric are meant, or the others
     */
    void update(SchedulerConfig.Interval interval, int batchIndex, boolean plateau) {
        for (SchedulerConfig c : configs) {
            int at = interval == SchedulerConfig.Interval.STEP ? batchIndex : progress.epoch;
            if (c.interval() == interval && c.reduceOnPlateau() == plateau && (at + 1) % c.frequency() == 0) {
                step(c);
            }
        }
    }

    private void step(SchedulerConfig c) {
        Double metric = null;
        if (c.reduceOnPlateau()) {
            MetricMap available = trainer.callbackMetrics();
            if (!available.containsKey(c.monitor())) {
                String message = c.scheduler().getClass().getSimpleName() + " follows the metric '" + c.monitor()
                        + "', which was not logged; there are " + available.keySet();
                if (c.strict()) {
                    throw new MisconfigurationException(message + ". Log it, or configure the scheduler as lenient()");
                }
                LoggerFactory.getLogger(Trainer.class).warn("{}; the scheduler does not step", message);
                return;
            }
            metric = available.get(c.monitor());
        }
        Double value = metric;
        trainer.hooks().call(Hook.LR_SCHEDULER_STEP, () -> module.lrSchedulerStep(c, value));
    }
}
