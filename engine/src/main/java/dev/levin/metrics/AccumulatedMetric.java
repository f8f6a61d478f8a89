package dev.levin.metrics;

import dev.levin.graph.Variable;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A metric whose state adds up: states of several processes or threads merge by adding (or taking the extreme of) each.
 *
 * <p>Updates record into the current step, so they cost no trip to the host.
 */
public abstract class AccumulatedMetric implements Metric {
    /** How two partial states become one. */
    public enum Merge { SUM, MIN, MAX }

    private final List<State> states = new ArrayList<>();
    private final List<Tensor> initial = new ArrayList<>();
    private final List<Merge> merges = new ArrayList<>();

    /** Declares state; it starts as {@code start} and returns to it on reset. */
    protected final State state(String name, Tensor start, Merge merge) {
        Tensor fixed = Tensor.of(start.toHost().copy(), start.shape());
        State s = new State(getClass().getSimpleName() + "." + name, Variable.Kind.METRIC, fixed);
        states.add(s);
        initial.add(fixed);
        merges.add(merge);
        return s;
    }

    protected final void add(State s, Tensor value) {
        try (Grad _ = Grad.off()) {
            s.set(s.add(value.detach().to(s.dtype())));
        }
    }

    @Override
    public void reset() {
        for (int i = 0; i < states.size(); i++) {
            states.get(i).set(initial.get(i));
        }
        Engine.flushOutsideStep();
    }

    @Override
    public final List<State> states() {
        return List.copyOf(states);
    }

    /** Takes in what another instance of the same metric has gathered. */
    public void merge(AccumulatedMetric other) {
        if (other.getClass() != getClass()) {
            throw new IllegalArgumentException("a " + getClass().getSimpleName() + " can't take in a " + other.getClass().getSimpleName());
        }
        for (int i = 0; i < states.size(); i++) {
            State mine = states.get(i);
            Tensor theirs = other.states.get(i);
            mine.set(switch (merges.get(i)) {
                case SUM -> mine.add(theirs);
                case MIN -> mine.minimum(theirs);
                case MAX -> mine.maximum(theirs);
            });
        }
        Engine.flushOutsideStep();
    }
}
