package dev.levin.callbacks;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.Scheduler;
import java.util.List;
import java.util.Map;

/** Moves the learning rates from where they are to given ones within some epochs, and stays there. */
final class AnnealingLR extends Scheduler {
    private final double[] targets;
    private final int epochs;
    private final boolean cosine;
    private double[] starts;

    AnnealingLR(Optimizer optimizer, double[] targets, int epochs, boolean cosine) {
        super(optimizer);
        this.targets = targets.clone();
        this.epochs = epochs;
        this.cosine = cosine;
        this.starts = optimizer.paramGroups().stream().mapToDouble(ParamGroup::lr).toArray();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        double t = Math.min(1, (double) Math.max(epoch, epochs == 0 ? 1 : 0) / Math.max(1, epochs));
        double share = cosine ? (1 - Math.cos(Math.PI * t)) / 2 : t;
        return targets[group] * share + starts[group] * (1 - share);
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = super.stateDict();
        m.put("start_lrs", java.util.Arrays.stream(starts).boxed().toList());
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> saved) {
        super.loadStateDict(saved);
        starts = ((List<?>) saved.get("start_lrs")).stream().mapToDouble(v -> ((Number) v).doubleValue()).toArray();
    }
}
