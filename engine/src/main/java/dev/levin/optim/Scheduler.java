package dev.levin.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes the learning rates of an optimizer from step to step (or epoch to epoch: whoever calls {@link #step} decides).
 *
 * <p>A schedule is written as the change from one step to the next, so that several can act on one optimizer
 * ({@link ChainedScheduler}); {@link #lrAt} is its value from the base rate alone.
 */
public abstract class Scheduler {
    private final Optimizer optimizer;
    private final List<Double> baseLrs = new ArrayList<>();
    private long lastEpoch;

    /** Remembers the learning rates as they are now; the last line of a subclass's constructor calls {@link #start}. */
    protected Scheduler(Optimizer optimizer) {
        this.optimizer = optimizer;
        for (ParamGroup g : optimizer.paramGroups()) {
            if (!g.has("initial_lr")) {
                g.set("initial_lr", g.lr());
            }
            baseLrs.add(g.get("initial_lr"));
        }
    }

    /** Applies the rates of step 0. */
    protected final void start() {
        apply();
    }

    public final Optimizer optimizer() {
        return optimizer;
    }

    /** The rates the optimizer was configured with, one per group. */
    public final List<Double> baseLrs() {
        return List.copyOf(baseLrs);
    }

    protected final double baseLr(int group) {
        return baseLrs.get(group);
    }

    /** Number of {@link #step} calls so far. */
    public final long lastEpoch() {
        return lastEpoch;
    }

    /** Learning rate of a group after {@code epoch} steps, given the one before. */
    protected abstract double next(int group, long epoch, double current);

    /** Learning rate of a group after {@code epoch} steps from its base rate alone. */
    protected double lrAt(int group, long epoch) {
        return next(group, epoch, baseLr(group));
    }

    /** Called after the rates of a step were set; cyclic schedules set momentum here. */
    protected void applied(long epoch) {
    }

    /** Whether {@link #step(double)} with a monitored value takes the place of {@link #step()}. */
    public boolean needsMetric() {
        return false;
    }

    /** A step that depends on a monitored value. */
    public void step(double metric) {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " does not depend on a metric; call step()");
    }

    public void step() {
        lastEpoch++;
        apply();
    }

    /** Jumps to a step. */
    public void restart(long epoch) {
        lastEpoch = epoch;
        List<ParamGroup> groups = optimizer.paramGroups();
        for (int i = 0; i < baseLrs.size(); i++) {
            groups.get(i).setLr(lrAt(i, epoch));
        }
        applied(epoch);
    }

    private void apply() {
        List<ParamGroup> groups = optimizer.paramGroups();
        for (int i = 0; i < baseLrs.size(); i++) {
            groups.get(i).setLr(next(i, lastEpoch, groups.get(i).lr()));
        }
        applied(lastEpoch);
    }

    /** The current learning rates, one per group. */
    public List<Double> lastLr() {
        return optimizer.paramGroups().stream().map(ParamGroup::lr).toList();
    }

    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("last_epoch", lastEpoch);
        m.put("base_lrs", List.copyOf(baseLrs));
        return m;
    }

    /** Restores {@link #stateDict}; the current rates come back with the optimizer's own state. */
    public void loadStateDict(Map<String, Object> saved) {
        lastEpoch = ((Number) saved.get("last_epoch")).longValue();
        List<?> lrs = (List<?>) saved.get("base_lrs");
        if (lrs.size() != baseLrs.size()) {
            throw new IllegalArgumentException("the saved schedule has " + lrs.size() + " parameter groups, this one has " + baseLrs.size());
        }
        baseLrs.clear();
        lrs.forEach(v -> baseLrs.add(((Number) v).doubleValue()));
    }
}
