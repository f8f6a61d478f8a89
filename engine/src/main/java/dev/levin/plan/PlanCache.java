package dev.levin.plan;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Program;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Plans by program, least recently used first out. Thread-safe.
 *
 * <p>Literals are compiled in at first. When a program comes again with other numbers, those become arguments of a plan
 * that serves all later values: a learning rate or a step counter written as a Java number does not compile every step.
 */
public final class PlanCache {
    private final Backend backend;
    private final int capacity;
    private final LinkedHashMap<Program, Entry> plans = new LinkedHashMap<>(64, 0.75f, true);
    private final LinkedHashMap<Program, Family> families = new LinkedHashMap<>(64, 0.75f, true);
    private final MissExplainer explainer = new MissExplainer();
    /** What the step was called that needed a plan; plans that are gone drop out. */
    private final Map<Executable, String> names = new WeakHashMap<>();
    private long hits;
    private long misses;

    private record Entry(Program program, Executable plan) {
    }

    /** Programs of one skeleton: the first one's literals, and which of them have varied. */
    private static final class Family {
        final long[] first;
        final BitSet arguments = new BitSet();
        Executable general;

        Family(long[] first) {
            this.first = first;
        }
    }

    public PlanCache(Backend backend, int capacity) {
        this.backend = backend;
        this.capacity = capacity;
    }

    public Executable get(Program program) {
        return get(program, null);
    }

    /** The equal program that has a plan, or the given one: looking that one up again compares nothing. */
    public synchronized Program canonical(Program program) {
        Entry known = plans.get(program);
        return known == null ? program : known.program;
    }

    /** @param name what explanations of misses call the step */
    public synchronized Executable get(Program program, String name) {
        Entry known = plans.get(program);
        if (known != null) {
            hits++;
            if (name != null) {
                explainer.hit(name, program);
            }
            return known.plan;
        }
        Skeleton skeleton = Skeleton.of(program);
        Family family = families.get(skeleton.shape());
        if (family == null || skeleton.literals().length == 0) {
            misses++;
            if (name != null) {
                explainer.miss(name, program);
            }
            Executable plan = compile(program, name);
            keep(plans, program, new Entry(program, plan));
            keep(families, skeleton.shape(), new Family(skeleton.values()));
            return plan;
        }
        BitSet other = skeleton.differences(family.first);
        other.andNot(family.arguments);
        if (family.general == null || !other.isEmpty()) {
            misses++;
            if (name != null) {
                explainer.miss(name, program);
            }
            family.arguments.or(other);
            family.general = compile(skeleton.generalise(program, family.arguments), name);
        } else {
            hits++;
            if (name != null) {
                explainer.hit(name, program);
            }
        }
        return new Bound(family.general, skeleton, (BitSet) family.arguments.clone());
    }

    private Executable compile(Program program, String name) {
        CompileEvent event = CompileEvent.begun();
        Executable plan = backend.compile(program);
        if (name != null) {
            names.put(plan, name);
        }
        if (event != null) {
            event.finish(name, program.size(), name == null ? null : explainer.reason(name));
        }
        return plan;
    }

    /** A general plan with one program's numbers. */
    private record Bound(Executable plan, Skeleton skeleton, BitSet arguments) implements Executable {
        @Override
        public dev.levin.graph.Buffer[] run(Object[] leaves) {
            return plan.run(skeleton.leaves(leaves, arguments));
        }

        @Override
        public String report() {
            return plan.report();
        }
    }

    private <V> void keep(LinkedHashMap<Program, V> map, Program key, V value) {
        map.put(key, value);
        if (map.size() > capacity) {
            Map.Entry<Program, V> eldest = map.entrySet().iterator().next();
            map.remove(eldest.getKey());
        }
    }

    public synchronized long hits() {
        return hits;
    }

    /** Number of compilations. */
    public synchronized long misses() {
        return misses;
    }

    public synchronized int size() {
        return plans.size() + (int) families.values().stream().filter(f -> f.general != null).count();
    }

    /** Why a step of this name last needed a new plan. */
    public synchronized String missReason(String name) {
        return explainer.reason(name);
    }

    /**
     * A plan that is held.
     *
     * @param step what the step is called; null for what ran outside steps
     */
    public record Held(String step, String report) {
    }

    /** All plans held with the names of their steps, the most recently used last. */
    public synchronized List<Held> held() {
        List<Held> all = new ArrayList<>();
        plans.values().forEach(e -> all.add(new Held(names.get(e.plan), e.plan.report())));
        families.values().stream().filter(f -> f.general != null).forEach(f -> all.add(new Held(names.get(f.general), f.general.report())));
        return all;
    }

    /** Reports of all plans held, the most recently used last. */
    public synchronized List<String> reports() {
        return held().stream().map(Held::report).toList();
    }
}
