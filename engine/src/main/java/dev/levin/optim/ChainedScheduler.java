package dev.levin.optim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Several schedules of one optimizer acting together: every step is a step of each, in order. */
public final class ChainedScheduler extends Scheduler {
    private final List<Scheduler> schedulers;

    public ChainedScheduler(List<Scheduler> schedulers) {
        super(schedulers.getFirst().optimizer());
        this.schedulers = List.copyOf(schedulers);
        if (schedulers.stream().anyMatch(s -> s.optimizer() != optimizer())) {
            throw new IllegalArgumentException("chained schedulers must all act on one optimizer");
        }
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return current;
    }

    @Override
    public void step() {
        super.step();
        schedulers.forEach(Scheduler::step);
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
