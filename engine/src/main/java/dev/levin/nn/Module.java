package dev.levin.nn;

import dev.levin.graph.Context;
import dev.levin.graph.Variable;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A node of the state tree: everything that has parameters, buffers or other modules in its fields.
 *
 * <p>Fields of type {@link Parameter}, {@link State} and {@code Module}, and lists, maps and arrays of those, belong to
 * the module; the names of the fields are the keys of {@link #stateDict}, such as {@code net.0.weight}. Fields that are
 * {@code transient} are left out; {@link Key} gives a field another name. A module or parameter that is reachable by
 * two names is tied: it counts once in {@link #parameters} and appears under both names in the state dict.
 */
public abstract class Module {
    private final Set<State> passing = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean training = true;
    private Module parent;
    private String path;

    // ---- making state -------------------------------------------------------------------------------------------------

    /** A parameter of the given extents in the default dtype; its values are drawn when they are first needed. */
    protected final Parameter parameter(Init init, int... dims) {
        return parameter(init.make(Shape.of(dims), Context.current().defaultDType()));
    }

    /** A parameter that starts as {@code initial}. */
    protected final Parameter parameter(Tensor initial) {
        return new Parameter(getClass().getSimpleName() + ".parameter", initial);
    }

    /** State that is saved but not trained, such as running statistics. */
    protected final State buffer(Tensor initial) {
        return buffer(initial, true);
    }

    /** State that is not trained; one that is not {@code persistent} stays out of the state dict. */
    protected final State buffer(Tensor initial, boolean persistent) {
        State s = new State(getClass().getSimpleName() + ".buffer", Variable.Kind.BUFFER, initial);
        if (!persistent) {
            passing.add(s);
        }
        return s;
    }

    // ---- finding state ------------------------------------------------------------------------------------------------

    /**
     * Passes every parameter, state and module that belongs directly to this one, with its name. Found in the fields;
     * containers whose names are not their fields' names override this.
     */
    protected void members(BiConsumer<String, Object> visitor) {
        Members.of(this, visitor);
    }

    private <T> SequencedMap<String, T> own(Class<T> type) {
        SequencedMap<String, T> found = new LinkedHashMap<>();
        members((name, value) -> {
            if (type.isInstance(value)) {
                found.put(name, type.cast(value));
            }
        });
        return found;
    }

    /** The modules that belong directly to this one. */
    public final List<Module> children() {
        return List.copyOf(namedChildren().values());
    }

    public final SequencedMap<String, Module> namedChildren() {
        return own(Module.class);
    }

    /** This module (named "") and all below it, parents first; tied ones once. */
    public final SequencedMap<String, Module> namedModules() {
        SequencedMap<String, Module> found = new LinkedHashMap<>();
        Set<Module> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        walk("", (name, m) -> {
            if (seen.add(m)) {
                found.put(name, m);
            }
        }, Collections.newSetFromMap(new IdentityHashMap<>()));
        if (parent == null) {
            found.forEach((name, m) -> m.path = name);
        }
        return found;
    }

    /** All modules under all their names; only cycles are cut. */
    private void walk(String prefix, BiConsumer<String, Module> visitor, Set<Module> above) {
        if (!above.add(this)) {
            return;
        }
        visitor.accept(prefix, this);
        namedChildren().forEach((name, child) -> {
            if (!above.contains(child)) {
                child.parent = this;
                child.walk(prefix.isEmpty() ? name : prefix + "." + name, visitor, above);
            }
        });
        above.remove(this);
    }

    private <T extends VariableTensor> void each(Class<T> type, BiConsumer<String, T> visitor) {
        walk("", (prefix, m) -> m.own(type).forEach((name, v) -> visitor.accept(prefix.isEmpty() ? name : prefix + "." + name, v)),
                Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private <T extends VariableTensor> SequencedMap<String, T> once(Class<T> type) {
        SequencedMap<String, T> found = new LinkedHashMap<>();
        Set<T> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        each(type, (name, v) -> {
            if (seen.add(v)) {
                found.put(name, v);
            }
        });
        if (parent == null) {
            found.forEach((name, v) -> v.variable().rename(name));
            namedModules();
        }
        return found;
    }

    /** The trainable state, in the order of declaration; tied parameters once. */
    public final List<Parameter> parameters() {
        return List.copyOf(namedParameters().values());
    }

    /** {@link #parameters} with their keys. */
    public final SequencedMap<String, Parameter> namedParameters() {
        return once(Parameter.class);
    }

    /** Elements of all parameters; tied ones once. */
    public final long numParameters() {
        return namedParameters().values().stream().mapToLong(Tensor::numel).sum();
    }

    /** Elements of the parameters that are not frozen. */
    public final long numTrainable() {
        return namedParameters().values().stream().filter(Tensor::isGradRequired).mapToLong(Tensor::numel).sum();
    }

    public final List<State> buffers() {
        return List.copyOf(namedBuffers().values());
    }

    /** State that is not trained, persistent or not, with its keys. */
    public final SequencedMap<String, State> namedBuffers() {
        SequencedMap<String, State> all = once(State.class);
        all.values().removeIf(s -> s.variable().kind() != Variable.Kind.BUFFER);
        return all;
    }

    /** Where this module stands in the largest tree it was found in, such as {@code net.0}; null if it was not yet. */
    public final String path() {
        return path;
    }

    // ---- saving and loading -------------------------------------------------------------------------------------------

    /** Parameters and persistent buffers by key; live, not copies. Tied ones appear under every name. */
    public final SequencedMap<String, VariableTensor> stateDict() {
        namedParameters();
        SequencedMap<String, VariableTensor> state = new LinkedHashMap<>();
        walk("", (prefix, m) -> {
            String dot = prefix.isEmpty() ? "" : prefix + ".";
            m.own(Parameter.class).forEach((name, p) -> state.put(dot + name, p));
            m.own(State.class).forEach((name, s) -> {
                if (s.variable().kind() == Variable.Kind.BUFFER && !m.passing.contains(s)) {
                    state.put(dot + name, s);
                }
            });
        }, Collections.newSetFromMap(new IdentityHashMap<>()));
        return state;
    }

    /** Loads a state dict that must fit exactly. */
    public final void loadStateDict(Map<String, ? extends Tensor> state) {
        loadStateDict(state, true);
    }

    /**
     * Loads values by key; dtypes are converted.
     *
     * @param strict whether every key must be there on both sides
     * @return which keys were missing and which unexpected
     * @throws IllegalArgumentException listing missing and unexpected keys (if strict) and shapes that do not fit
     */
    public final LoadReport loadStateDict(Map<String, ? extends Tensor> state, boolean strict) {
        return StateLoader.load(this, stateDict(), state, strict);
    }

    // ---- modes --------------------------------------------------------------------------------------------------------

    /** Training mode for this module and all below it: dropout drops, batch norm uses the batch. */
    public Module train() {
        return train(true);
    }

    public Module train(boolean on) {
        namedModules().values().forEach(m -> m.training = on);
        return this;
    }

    /** Evaluation mode. */
    public Module eval() {
        return train(false);
    }

    public final boolean isTraining() {
        return training;
    }

    /** Applies a function to all modules of the tree, children before parents. */
    public final void apply(Consumer<? super Module> function) {
        List<Module> all = new ArrayList<>(namedModules().values());
        Collections.reverse(all);
        all.forEach(function);
    }

    /** Moves all state to a device. */
    public Module to(Device device) {
        namedParameters().values().forEach(p -> p.moveTo(device));
        once(State.class).values().forEach(s -> s.moveTo(device));
        return this;
    }

    /** Holds all float parameters and buffers in another float dtype from now on. Do it before making an optimizer. */
    public Module to(DType dtype) {
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException("a module can be converted to a float dtype, not to " + dtype);
        }
        namedParameters().values().forEach(p -> p.convertTo(dtype));
        namedBuffers().values().stream().filter(b -> b.dtype().isFloat()).forEach(b -> b.convertTo(dtype));
        return this;
    }

    /** Excludes all parameters from training. */
    public Module freeze() {
        return requiresGrad(false);
    }

    public Module unfreeze() {
        return requiresGrad(true);
    }

    public Module requiresGrad(boolean on) {
        namedParameters().values().forEach(p -> p.requiresGrad(on));
        return this;
    }

    /** Forgets the gradients of all parameters. */
    public void zeroGrad() {
        namedParameters().values().forEach(Parameter::zeroGrad);
    }

    // ---- running ------------------------------------------------------------------------------------------------------

    /** Runs {@code body} with this module as the current layer: errors and nodes name its path. */
    protected final <T> T within(Supplier<T> body) {
        Context c = Context.current();
        String before = c.path();
        c.setPath(path == null || path.isEmpty() ? before.isEmpty() ? getClass().getSimpleName() : before : path);
        try {
            return body.get();
        } finally {
            c.setPath(before);
        }
    }

    // ---- printing -----------------------------------------------------------------------------------------------------

    /** What the printed form says between the parentheses: {@code in_features=784, out_features=10, bias=True}. */
    protected String describe() {
        return "";
    }

    /** The tree of modules as PyTorch prints it. */
    @Override
    public String toString() {
        var children = namedChildren();
        String head = getClass().getSimpleName() + "(" + describe();
        if (children.isEmpty()) {
            return head + ")";
        }
        StringBuilder s = new StringBuilder(head).append('\n');
        children.forEach((name, child) ->
                s.append("  (").append(name).append("): ").append(child.toString().replace("\n", "\n  ")).append('\n'));
        return s.append(')').toString();
    }
}
