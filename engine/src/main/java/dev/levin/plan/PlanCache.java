package dev.levin.plan;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Program;
import java.util.LinkedHashMap;
import java.util.Map;

/** Plans by program, least recently used first out. Thread-safe. */
public final class PlanCache {
    private final Backend backend;
    private final int capacity;
    private final LinkedHashMap<Program, Executable> plans = new LinkedHashMap<>(64, 0.75f, true);
    private long hits;
    private long misses;

    public PlanCache(Backend backend, int capacity) {
        this.backend = backend;
        this.capacity = capacity;
    }

    public synchronized Executable get(Program program) {
        Executable plan = plans.get(program);
        if (plan != null) {
            hits++;
            return plan;
        }
        misses++;
        plan = backend.compile(program);
        plans.put(program, plan);
        if (plans.size() > capacity) {
            Map.Entry<Program, Executable> eldest = plans.entrySet().iterator().next();
            plans.remove(eldest.getKey());
        }
        return plan;
    }

    public synchronized long hits() {
        return hits;
    }

    /** Number of compilations. */
    public synchronized long misses() {
        return misses;
    }

    public synchronized int size() {
        return plans.size();
    }
}
