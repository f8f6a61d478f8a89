package dev.levin.trainer;

import dev.levin.optim.Optimizer;
import dev.levin.optim.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * What {@link LightningModule#configureOptimizers} returns: optimizers, and schedulers of their learning rates.
 *
 * {@snippet :
 * return Optimizers.of(adam);
 * return Optimizers.of(sgd, new StepLR(sgd, 10));                                           // each epoch
 * return Optimizers.of(adam).with(SchedulerConfig.of(new OneCycleLR(adam, 0.1, steps)).everyStep());
 * return Optimizers.of(List.of(generator, discriminator));                                  // manual optimization
 * }
 */
public final class Optimizers {
    private final List<Optimizer> optimizers;
    private final List<SchedulerConfig> schedulers;

    private Optimizers(List<Optimizer> optimizers, List<SchedulerConfig> schedulers) {
        this.optimizers = List.copyOf(optimizers);
        this.schedulers = List.copyOf(schedulers);
        for (SchedulerConfig s : this.schedulers) {
            if (this.optimizers.stream().noneMatch(o -> o == s.scheduler().optimizer())) {
                throw new MisconfigurationException("the scheduler " + s.scheduler().getClass().getSimpleName()
                        + " changes an optimizer that configureOptimizers() does not return; return that one too");
            }
        }
    }

    public static Optimizers of(Optimizer... optimizers) {
        return new Optimizers(Arrays.asList(optimizers), List.of());
    }

    public static Optimizers of(List<? extends Optimizer> optimizers) {
        return new Optimizers(new ArrayList<>(optimizers), List.of());
    }

    /** One optimizer with a scheduler that steps each epoch. */
    public static Optimizers of(Optimizer optimizer, Scheduler scheduler) {
        return of(optimizer).with(SchedulerConfig.of(scheduler));
    }

    public static Optimizers of(Optimizer optimizer, SchedulerConfig scheduler) {
        return of(optimizer).with(scheduler);
    }

    /** Several optimizers, several schedulers, each of which steps each epoch. */
    public static Optimizers of(List<? extends Optimizer> optimizers, List<? extends Scheduler> schedulers) {
        return new Optimizers(new ArrayList<>(optimizers), schedulers.stream().map(SchedulerConfig::of).toList());
    }

    /** Trains nothing. */
    public static Optimizers none() {
        return new Optimizers(List.of(), List.of());
    }

    /** These optimizers with one more scheduler. */
    public Optimizers with(SchedulerConfig scheduler) {
        List<SchedulerConfig> all = new ArrayList<>(schedulers);
        all.add(scheduler);
        return new Optimizers(optimizers, all);
    }

    public List<Optimizer> optimizers() {
        return optimizers;
    }

    public List<SchedulerConfig> schedulers() {
        return schedulers;
    }

    /** Checks what only a run can know. */
    void validate(boolean automatic) {
        if (automatic && optimizers.size() > 1) {
            throw new IllegalStateException("configureOptimizers() returned " + optimizers.size() + " optimizers, but automatic optimization "
                    + "steps exactly one; call automaticOptimization(false) in the constructor and step them in trainingStep");
        }
        for (SchedulerConfig s : schedulers) {
            String name = s.scheduler().getClass().getSimpleName();
            if (!automatic) {
                if (s.monitor() != null || s.reduceOnPlateau() && !s.scheduler().needsMetric()) {
                    LoggerFactory.getLogger(Trainer.class).warn("the monitor of {} is ignored: with manual optimization schedulers are "
                            + "stepped in trainingStep", name);
                }
            } else if (s.reduceOnPlateau() && s.monitor() == null) {
                throw new MisconfigurationException(name + " steps with a metric, but none is named; use SchedulerConfig.of(" + name
                        + ").monitor(\"val_loss\")");
            } else if (s.interval() == SchedulerConfig.Interval.EPOCH && name.equals("OneCycleLR")) {
                LoggerFactory.getLogger(Trainer.class).warn("OneCycleLR usually steps with every batch; use SchedulerConfig.of(...).everyStep()");
            }
        }
    }
}
