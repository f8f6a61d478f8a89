package dev.levin.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes the learning rates of an optimizer from step to step (or epoch to epoch: whoever calls {@link #step} decides).
 *
 * <p>Subclasses with a closed form implement {@link #lr(int, long)}; those that depend on the past override {@link #step()}.
 */
public abstract class Scheduler {
    private final Optimizer optimizer;
    private final List<Double> baseLrs = new ArrayList<>();
    private long lastEpoch;

    /** Remembers the learning rates as they are now; subclasses then call {@link #start}. */
    protected Scheduler(Optimizer optimizer) {
        this.optimizer = optimizer;
        for (ParamGroup g : optimizer.paramGroups()) {
            if (!g.has("initial_lr")) {
                g.set("initial_lr", g.lr());
            }
            baseLrs.add(g.get("initial_lr"));
        }
    }

    /** Applies the rates of step 0; the last line of a subclass's constructor. */
    protected final void start() {
        apply();
    }

    public final Optimizer optimizer() {
        return optimizer;
    }

    public final List<Double> baseLrs() {
        return List.copyOf(baseLrs);
    }

    /** Number of {@link #step} calls so far. */
    public final long lastEpoch() {
        return lastEpoch;
    }

    /** Learning rate of group {@code group} after {@code epoch} steps. */
    protected abstract double lr(int group, long epoch);

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

    private void apply() {
        List<ParamGroup> groups = optimizer.paramGroups();
        for (int i = 0; i < groups.size() && i < baseLrs.size(); i++) {
            groups.get(i).setLr(lr(i, lastEpoch));
        }
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

    /** Restores {@link #stateDict}; the optimizer's own state holds the current rates. */
    public void loadStateDict(Map<String, Object> saved) {
        lastEpoch = ((Number) saved.get("last_epoch")).longValue();
        List<?> lrs = (List<?>) saved.get("base_lrs");
        baseLrs.clear();
        lrs.forEach(v -> baseLrs.add(((Number) v).doubleValue()));
    }
}
