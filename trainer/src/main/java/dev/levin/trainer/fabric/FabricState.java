package dev.levin.trainer.fabric;

import dev.levin.data.Loader;
import dev.levin.nn.Module;
import dev.levin.optim.Optimizer;
import dev.levin.optim.Scheduler;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiPredicate;

/** Objects to plain values and back. */
final class FabricState {
    private FabricState() {
    }

    static Object save(Object value) {
        return switch (value) {
            case Module m -> new LinkedHashMap<>(m.stateDict());
            case FabricOptimizer o -> o.stateDict();
            case Optimizer o -> o.stateDict();
            case Scheduler s -> s.stateDict();
            case Loader<?> l -> l.stateDict();
            case null, default -> value;
        };
    }

    @SuppressWarnings("unchecked")
    static Object filtered(Object saved, BiPredicate<String, Object> keep) {
        if (keep == null) {
            return saved;
        }
        if (!(saved instanceof Map<?, ?> m)) {
            throw new IllegalArgumentException("a filter is for entries with keys of their own, not for " + saved);
        }
        Map<String, Object> kept = new LinkedHashMap<>((Map<String, Object>) m);
        kept.entrySet().removeIf(e -> !keep.test(e.getKey(), e.getValue()));
        return kept;
    }

    /** Whether the target took the value; plain values can't. */
    @SuppressWarnings("unchecked")
    static boolean load(Object target, Object value) {
        switch (target) {
            case Module m -> m.loadStateDict((Map<String, Tensor>) value);
            case FabricOptimizer o -> o.loadStateDict((Map<String, Object>) value);
            case Optimizer o -> o.loadStateDict((Map<String, Object>) value);
            case Scheduler s -> s.loadStateDict((Map<String, Object>) value);
            case Loader<?> l -> l.loadStateDict((Map<String, Object>) value);
            case VariableTensor v -> v.set((Tensor) value);
            case null, default -> {
                return false;
            }
        }
        dev.levin.tensor.Engine.flush();
        return true;
    }
}
