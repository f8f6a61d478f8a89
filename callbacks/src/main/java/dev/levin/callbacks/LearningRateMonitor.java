package dev.levin.callbacks;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.SchedulerConfig;
import dev.levin.trainer.Trainer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * Sends the learning rate of every parameter group to the loggers, and to the metrics that other callbacks monitor.
 *
 * <p>Names: {@code lr-SGD}; the second optimizer of a class is {@code lr-Adam-1}; several groups are {@code lr-Adam/pg1},
 * {@code lr-Adam/pg2} or go by their own names; a name given to the scheduler's configuration takes the place of
 * {@code lr-SGD}. Momentum and weight decay, when asked for, carry the suffixes {@code -momentum} and {@code -weight_decay}.
 */
public final class LearningRateMonitor implements Callback {
    private record Source(Optimizer optimizer, int group, String name, SchedulerConfig.Interval interval) {}

    private final SchedulerConfig.Interval interval;
    private boolean momentum;
    private boolean weightDecay;
    private String prefix = "";
    private List<Source> sources = List.of();

    /** Each rate when its scheduler steps: every step, or every epoch. */
    public LearningRateMonitor() {
        this(null);
    }

    /** @param interval when to report; null for each scheduler's own interval */
    public LearningRateMonitor(SchedulerConfig.Interval interval) {
        this.interval = interval;
    }

    public LearningRateMonitor logMomentum(boolean on) {
        momentum = on;
        return this;
    }

    public LearningRateMonitor logWeightDecay(boolean on) {
        weightDecay = on;
        return this;
    }

    /** Stands before all names, as it is. */
    public LearningRateMonitor keyPrefix(String text) {
        prefix = text;
        return this;
    }

    /** The names of the rates; known from the start of training. */
    public List<String> names() {
        return sources.stream().map(Source::name).toList();
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        if (trainer.loggers().isEmpty()) {
            throw new MisconfigurationException("LearningRateMonitor has no logger to write to; pass a logger to the Trainer, or remove the callback");
        }
        if (trainer.schedulerConfigs().isEmpty()) {
            LoggerFactory.getLogger(LearningRateMonitor.class).warn("LearningRateMonitor: configureOptimizers gives no scheduler, so the rates never change");
        }
        List<Source> found = new ArrayList<>();
        Map<Class<?>, Integer> ofClass = new HashMap<>();
        Set<Optimizer> seen = new HashSet<>();
        for (SchedulerConfig c : trainer.schedulerConfigs()) {
            seen.add(c.scheduler().optimizer());
            add(found, c.scheduler().optimizer(), c.name(), c.interval(), ofClass);
        }
        for (Optimizer o : trainer.rawOptimizers()) {
            if (seen.add(o)) {
                add(found, o, null, null, ofClass);
            }
        }
        sources = List.copyOf(found);
    }

    private void add(List<Source> found, Optimizer o, String given, SchedulerConfig.Interval own, Map<Class<?>, Integer> ofClass) {
        String name = given;
        if (name == null) {
            int earlier = ofClass.merge(o.getClass(), 1, Integer::sum) - 1;
            name = "lr-" + o.getClass().getSimpleName() + (earlier > 0 ? "-" + earlier : "");
        }
        List<ParamGroup> groups = o.paramGroups();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < groups.size(); i++) {
            String group = groups.get(i).name();
            if (group != null && !names.add(group)) {
                throw new MisconfigurationException("LearningRateMonitor: two parameter groups of " + o.getClass().getSimpleName() + " are named '" + group
                        + "'; give each a name of its own");
            }
            String suffix = group != null ? "/" + group : groups.size() > 1 ? "/pg" + (i + 1) : "";
            found.add(new Source(o, i, prefix + name + suffix, own));
        }
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex) {
        int every = trainer.logEveryNSteps();
        boolean due = every > 0 && (trainer.loggerStep() + 1) % every == 0 || trainer.shouldStop() || trainer.fastDevRun() > 0;
        if (interval != SchedulerConfig.Interval.EPOCH && due) {
            report(trainer, SchedulerConfig.Interval.STEP);
        }
    }

    @Override
    public void onTrainEpochStart(Trainer trainer, LightningModule<?> module) {
        if (interval != SchedulerConfig.Interval.STEP) {
            report(trainer, SchedulerConfig.Interval.EPOCH);
        }
    }

    private void report(Trainer trainer, SchedulerConfig.Interval now) {
        Map<String, Double> row = new LinkedHashMap<>();
        for (Source s : sources) {
            if (interval == null && s.interval != null && s.interval != now) {
                continue;
            }
            ParamGroup g = s.optimizer.paramGroups().get(s.group);
            row.put(s.name, g.lr());
            if (momentum) {
                row.put(s.name + "-momentum", g.has("beta1") ? g.get("beta1") : g.has("momentum") ? g.get("momentum") : 0);
            }
            if (weightDecay) {
                row.put(s.name + "-weight_decay", g.has("weight_decay") ? g.get("weight_decay") : 0);
            }
        }
        if (!row.isEmpty()) {
            trainer.logToLoggers(row, trainer.loggerStep());
            trainer.publishMetrics(row);
        }
    }
}
