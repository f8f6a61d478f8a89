package dev.levin.examples.conformance;

import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** PyTorch's names and how each is called here. */
final class OpTable {
    private final Map<String, OpCall> calls = new TreeMap<>();
    private final Map<String, LayerCall> modules = new TreeMap<>();

    OpTable() {
        PointwiseOps.register(this);
        ReductionOps.register(this);
        IndexOps.register(this);
        ArrangeOps.register(this);
        MatrixOps.register(this);
        ClipOps.register(this);
        NnFunctions.register(this);
        NnModules.register(this);
    }

    /** The call of a name, or null if there is none. */
    OpCall find(String name) {
        return calls.get(name);
    }

    /** The module of a name, or null. Its mode and what surrounds it are not part of the name. */
    LayerCall module(String name) {
        return modules.get(name.replaceFirst("\\.(train|eval)$", "").replaceFirst("^packed:", ""));
    }

    /** Names of functions and of modules. */
    Set<String> names() {
        Set<String> all = new TreeSet<>(calls.keySet());
        all.addAll(modules.keySet());
        return all;
    }

    void module(String name, LayerCall make) {
        if (modules.put(name, make) != null) {
            throw new IllegalStateException(name + " is registered twice");
        }
    }

    /** A function with one output. */
    void one(String name, Function<Args, Tensor> f) {
        many(name, a -> List.of(f.apply(a)));
    }

    /** A function with any number of outputs. */
    void many(String name, OpCall f) {
        if (calls.put(name, f) != null) {
            throw new IllegalStateException(name + " is registered twice");
        }
    }
}
