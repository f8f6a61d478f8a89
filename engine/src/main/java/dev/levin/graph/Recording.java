package dev.levin.graph;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a step on its way to be a {@link Passage}: what it reads and assigns, and whether it can be repeated at all. */
final class Recording {
    /** Variables that were read, and whether they asked for gradients then. */
    private final Map<Variable, Boolean> read = new LinkedHashMap<>();
    private final List<Passage.Effect> effects = new ArrayList<>();
    private boolean repeatable = true;

    void forbid() {
        repeatable = false;
    }

    boolean isRepeatable() {
        return repeatable;
    }

    void read(Variable v) {
        Boolean asked = read.putIfAbsent(v, v.requiresGrad());
        if (asked != null && asked != v.requiresGrad()) {
            forbid();
        }
    }

    void assign(Variable v, int value) {
        effects.add(new Passage.Effect(v, value));
    }

    void add(Passage inner) {
        for (Passage.Read r : inner.reads) {
            Variable v = r.variable().get();
            if (v != null) {
                read(v);
            }
        }
        effects.addAll(List.of(inner.effects));
    }

    /** What was read, with the leaves that the part made for it: nodes from number {@code start} on. */
    List<Passage.Read> reads(VariableTable table, int start) {
        List<Passage.Read> all = new ArrayList<>();
        for (Variable v : read.keySet()) {
            int row = table.find(v);
            boolean made = row >= 0 && table.version(row) >= 0 && table.leafNumber(row) >= start;
            all.add(new Passage.Read(new WeakReference<>(v), v.requiresGrad(), v.dtype(), v.device(), made ? table.leafNumber(row) : VariableTable.NONE));
        }
        return all;
    }

    List<Passage.Effect> effects() {
        return effects;
    }
}
