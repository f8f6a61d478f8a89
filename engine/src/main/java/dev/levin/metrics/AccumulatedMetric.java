package dev.levin.metrics;

import dev.levin.graph.Variable;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A metric over state that it declares: sums and extremes of fixed size, and {@linkplain #rows lists} that grow with the data.
 * States of several processes or threads merge by adding (or taking the extreme of) each, lists by joining.
 *
 * <p>Updates record into the current step, so they cost no trip to the host. State follows its inputs to their device.
 *
 * @param <R> what it computes
 */
public abstract class AccumulatedMetric<R> implements Metric<R> {
    /** How two partial states become one. */
    public enum Merge { SUM, MIN, MAX }

    private record Entry(State state, Tensor initial, Merge merge) {
    }

    private final List<Entry> entries = new ArrayList<>();
    private final List<Rows> lists = new ArrayList<>();

    /** Declares state; it starts as {@code start} and returns to it on reset. */
    protected final State state(String name, Tensor start, Merge merge) {
        Tensor fixed = Tensor.of(start.toHost().copy(), start.shape());
        State s = new State(getClass().getSimpleName() + "." + name, Variable.Kind.METRIC, fixed);
        entries.add(new Entry(s, fixed, merge));
        return s;
    }

    /** Declares a sum that starts at 0, in F64. */
    protected final State sum(String name, int... dims) {
        return state(name, Tensor.zeros(Shape.of(dims), DType.F64), Merge.SUM);
    }

    /** Declares a list of rows that keeps all data; memory grows with it. */
    protected final Rows rows(DType dtype, int... dimsOfRow) {
        Rows r = new Rows(getClass().getSimpleName(), dtype, dimsOfRow);
        lists.add(r);
        return r;
    }

    /** Moves the state to where the inputs are. */
    protected final void follow(Tensor input) {
        Device device = input.node().device();
        if (device != null) {
            for (Entry e : entries) {
                if (!e.state.device().equals(device)) {
                    Engine.flushOutsideStep();
                    e.state.variable().moveTo(device);
                }
            }
        }
    }

    protected final void add(State s, Tensor value) {
        try (Grad _ = Grad.off()) {
            s.set(s.add(value.detach().to(s.dtype())));
        }
    }

    @Override
    public void reset() {
        entries.forEach(e -> e.state.set(e.initial));
        lists.forEach(Rows::clear);
        Engine.flushOutsideStep();
    }

    @Override
    public final List<Tensor> state() {
        List<Tensor> all = new ArrayList<>();
        entries.forEach(e -> all.add(e.state));
        lists.forEach(l -> all.add(l.all()));
        return all;
    }

    @Override
    public final void loadState(List<Tensor> saved) {
        check(saved);
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).state.set(saved.get(i).to(entries.get(i).state.dtype()));
        }
        for (int i = 0; i < lists.size(); i++) {
            lists.get(i).clear();
            lists.get(i).add(saved.get(entries.size() + i));
        }
        Engine.flushOutsideStep();
    }

    private void check(List<Tensor> saved) {
        if (saved.size() != entries.size() + lists.size()) {
            throw new IllegalArgumentException("a " + getClass().getSimpleName() + " has " + (entries.size() + lists.size()) + " states, not "
                    + saved.size() + "; use the state of the same metric, made with the same options");
        }
        for (int i = 0; i < entries.size(); i++) {
            State mine = entries.get(i).state;
            if (!saved.get(i).shape().equals(mine.shape())) {
                throw new IllegalArgumentException("the state " + mine.name() + " has shape " + mine.shape() + ", not " + saved.get(i).shape()
                        + "; use the state of the same metric, made with the same options");
            }
        }
    }

    @Override
    public final void mergeState(List<Tensor> other) {
        check(other);
        combine(other.subList(0, entries.size()).stream().map(t -> t.to(entries.getFirst().state.device())).toList());
        for (int i = 0; i < lists.size(); i++) {
            lists.get(i).add(other.get(entries.size() + i));
        }
        Engine.flushOutsideStep();
    }

    /** Merges the states of fixed size, each by its own rule. */
    void combine(List<Tensor> other) {
        for (int i = 0; i < entries.size(); i++) {
            State mine = entries.get(i).state;
            Tensor theirs = other.get(i);
            mine.set(switch (entries.get(i).merge) {
                case SUM -> mine.add(theirs);
                case MIN -> mine.minimum(theirs);
                case MAX -> mine.maximum(theirs);
            });
        }
    }

    /** Takes in what another instance of the same metric has gathered. */
    public final void merge(AccumulatedMetric<?> other) {
        if (other.getClass() != getClass()) {
            throw new IllegalArgumentException("a " + getClass().getSimpleName() + " can't take in a " + other.getClass().getSimpleName());
        }
        mergeState(other.state());
    }
}
