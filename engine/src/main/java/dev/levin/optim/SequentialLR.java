package dev.levin.optim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One schedule after another: number i + 1 starts (from its own step 0) at {@code milestones[i]}. */
public final class SequentialLR extends Scheduler {
    private final List<Scheduler> schedulers;
    private final int[] milestones;

    public SequentialLR(Optimizer optimizer, List<Scheduler> schedulers, int[] milestones) {
        super(optimizer);
        if (schedulers.isEmpty() || milestones.length != schedulers.size() - 1) {
            throw new IllegalArgumentException(schedulers.size() + " schedulers need " + (schedulers.size() - 1) + " milestones, not "
                    + milestones.length);
        }
        if (schedulers.stream().anyMatch(s -> s.optimizer() != optimizer)) {
            throw new IllegalArgumentException("sequential schedulers must all act on the same optimizer");
        }
        this.schedulers = List.copyOf(schedulers);
        this.milestones = milestones.clone();
        schedulers.getFirst().restart(0);
    }

    private int active(long epoch) {
        int i = 0;
        while (i < milestones.length && milestones[i] <= epoch) {
            i++;
        }
        return i;
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return current;
    }

    @Override
    public void step() {
        super.step();
        int i = active(lastEpoch());
        if (i > 0 && milestones[i - 1] == lastEpoch()) {
            schedulers.get(i).restart(0);
        } else {
            schedulers.get(i).step();
        }
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>(super.stateDict());
        m.put("schedulers", schedulers.stream().map(Scheduler::stateDict).toList());
        return m;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void loadStateDict(Map<String, Object> saved) {
        super.loadStateDict(saved);
        List<Map<String, Object>> parts = (List<Map<String, Object>>) saved.get("schedulers");
        for (int i = 0; i < schedulers.size(); i++) {
            schedulers.get(i).loadStateDict(parts.get(i));
        }
    }
}
