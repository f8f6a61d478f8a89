package dev.levin.callbacks;

import dev.levin.graph.Variable;
import dev.levin.nn.Module;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Running averages of a model's state, beside it on its device. Each operation is one compiled step.
 *
 * <p>Buffers that are not floats are copied; so are all buffers if they are not to be averaged.
 */
final class AverageWeights {
    private final Map<String, VariableTensor> live;
    private final Map<String, State> averages = new LinkedHashMap<>();
    private final boolean buffers;
    private long count;

    AverageWeights(Module model, boolean buffers) {
        this.live = model.stateDict();
        this.buffers = buffers;
        live.forEach((name, v) -> averages.put(name, new State("average." + name, Variable.Kind.BUFFER, Tensor.zerosLike(v), v.device())));
        copy();
    }

    /** Updates so far. */
    long count() {
        return count;
    }

    void count(long updates) {
        count = updates;
    }

    private boolean isAveraged(VariableTensor v) {
        return v.dtype().isFloat() && (buffers || v instanceof Parameter);
    }

    private void copy() {
        run("average.copy", () -> averages.forEach((name, a) -> a.set(live.get(name))));
    }

    /** Takes the live weights into the average; the first time they are the average. */
    void update(WeightAveraging.Rule rule) {
        if (count == 0) {
            copy();
        } else {
            run("average.update", () -> averages.forEach((name, a) -> {
                VariableTensor v = live.get(name);
                a.set(isAveraged(v) ? rule.apply(a, v, count).to(v.dtype()) : v);
            }));
        }
        count++;
    }

    /** Exchanges average and live weights. */
    void swap() {
        run("average.swap", () -> averages.forEach((name, a) -> {
            VariableTensor v = live.get(name);
            Tensor before = v.detach();
            v.set(a);
            a.set(before);
        }));
    }

    /** The average becomes the model. */
    void toModel() {
        run("average.transfer", () -> averages.forEach((name, a) -> live.get(name).set(a)));
    }

    Map<String, State> values() {
        return averages;
    }

    /** @param saved by name; names that are missing keep their value */
    void load(Map<String, ?> saved) {
        run("average.load", () -> averages.forEach((name, a) -> {
            if (saved.get(name) instanceof Tensor t) {
                a.set(t.to(a.device()).to(a.dtype()));
            }
        }));
    }

    private static void run(String name, Runnable body) {
        try (Grad _ = Grad.off()) {
            Step.run(name, body);
        }
    }
}
