package dev.levin.optim;

import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Variable;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Updates parameters from their gradients. Subclasses say how one parameter is updated; this class walks the groups,
 * keeps the state, counts steps and saves and restores all of it.
 *
 * <p>Parameters without a gradient are left untouched and their step does not count, as in PyTorch.
 */
public abstract class Optimizer {
    private static final Node[] NOTHING = {};

    private final List<ParamGroup> groups = new ArrayList<>();
    private final Map<String, Double> defaults;
    private final Map<Parameter, Map<String, State>> state = new IdentityHashMap<>();
    private final Map<ParamGroup, Map<String, State>> vectors = new IdentityHashMap<>();
    private Tensor gate;
    /** Changes whenever parameters join or state appears or is replaced. */
    private long generation;

    /** @param defaults numeric options of groups that do not set them; the order is the order in saved files */
    @SuppressWarnings("this-escape") // check(group) of a subclass reads nothing but the group
    protected Optimizer(List<ParamGroup> groups, Map<String, Double> defaults) {
        this.defaults = new LinkedHashMap<>(defaults);
        if (groups.isEmpty() || groups.stream().allMatch(g -> g.parameters().isEmpty())) {
            throw new IllegalArgumentException("an optimizer needs at least one parameter; did the module register any?");
        }
        groups.forEach(this::addParamGroup);
    }

    /** Adds parameters during training (after unfreezing, for instance). */
    public final void addParamGroup(ParamGroup group) {
        for (ParamGroup g : groups) {
            for (Parameter p : group.parameters()) {
                if (g.parameters().contains(p)) {
                    throw new IllegalArgumentException("parameter " + p.name() + " is in two groups of one optimizer");
                }
            }
        }
        defaults.forEach((k, v) -> {
            if (!group.has(k)) {
                group.set(k, v);
            }
        });
        check(group);
        groups.add(group);
        generation++;
    }

    /** Rejects options that make no sense; the default wants a learning rate that is not negative. */
    protected void check(ParamGroup group) {
        if (!(group.lr() >= 0)) {
            throw new IllegalArgumentException("invalid learning rate " + group.lr() + "; use a number >= 0");
        }
    }

    public final List<ParamGroup> paramGroups() {
        return List.copyOf(groups);
    }

    public final Map<String, Double> defaults() {
        return Map.copyOf(defaults);
    }

    /** Records one update of every parameter that has a gradient. Outside steps it runs at once. */
    public void step() {
        try (Grad _ = Grad.off()) {
            if (repeats()) {
                Node[] inputs = {gate == null ? null : gate.node()};
                Context.current().trace().repeat(participants(), switches(), inputs, () -> {
                    groups.forEach(this::update);
                    return NOTHING;
                });
            } else {
                groups.forEach(this::update);
            }
        }
        Engine.flushOutsideStep();
    }

    /**
     * Whether an update is the same nodes again when the same parameters have gradients and no option changed its sign:
     * then it is not recorded in every step. An optimizer that reads values of options, or fields of its own that
     * change, must say no, as the default does.
     */
    protected boolean repeats() {
        return false;
    }

    /** All objects that an update reads or assigns, but for the state. */
    private Object[] participants() {
        List<Object> all = new ArrayList<>();
        all.add(this);
        for (ParamGroup g : groups) {
            for (Parameter p : g.parameters()) {
                all.add(p.grad());
            }
        }
        return all.toArray();
    }

    /** What of the numbers decides which nodes an update makes: the signs of the options, for 0 switches terms off. */
    private long[] switches() {
        List<Long> all = new ArrayList<>();
        all.add(generation);
        groups.forEach(g -> g.signs(all));
        return all.stream().mapToLong(Long::longValue).toArray();
    }

    /** Runs the closure (forward, backward), then updates; returns the closure's loss. A null loss means: no update. */
    public Tensor step(Supplier<Tensor> closure) {
        Tensor loss;
        try (Grad _ = Grad.on()) {
            loss = closure.get();
        }
        if (loss != null) {
            step();
        }
        return loss;
    }

    /** Forgets all gradients. */
    public void zeroGrad() {
        groups.forEach(g -> g.parameters().forEach(Parameter::zeroGrad));
    }

    /**
     * While set (a BOOL scalar), updates only take effect where it is true: parameters, state and step counters keep their
     * values otherwise. Loss scaling uses this to skip overflowed steps without asking the host.
     */
    public final void setGate(Tensor finite) {
        gate = finite;
    }

    /** Updates one group; the default calls {@link #update(ParamGroup, Parameter, Tensor)} for each gradient. */
    protected void update(ParamGroup group) {
        for (Parameter p : group.parameters()) {
            Tensor g = p.grad();
            if (g != null) {
                update(group, p, g);
            }
        }
    }

    /** Records the update of one parameter, through {@link #assign}. */
    protected abstract void update(ParamGroup group, Parameter p, Tensor grad);

    /** Assigns unless the gate is closed. */
    protected final void assign(VariableTensor target, Tensor value) {
        target.set(gate == null ? value : gate.where(value, target));
    }

    /** A numeric option as a run-time scalar of the parameter's dtype. */
    protected final Tensor option(ParamGroup group, String name, DType dtype) {
        return Tensor.wrap(Nodes.scalar(group.arg(name), dtype));
    }

    /** State of a parameter, made as zeros of its shape when first asked for. */
    protected final State state(Parameter p, String name) {
        Map<String, State> own = state.computeIfAbsent(p, k -> new LinkedHashMap<>());
        State s = own.get(name);
        if (s == null) {
            generation++;
            s = State.like(p, name);
            own.put(name, s);
        }
        return s;
    }

    protected final State state(Parameter p, String name, Supplier<Tensor> initial) {
        return state.computeIfAbsent(p, k -> new LinkedHashMap<>()).computeIfAbsent(name, k -> {
            generation++;
            return new State(p.name() + "." + name, Variable.Kind.OPTIMIZER, initial.get(), p.device());
        });
    }

    protected final boolean hasState(Parameter p, String name) {
        return state.containsKey(p) && state.get(p).containsKey(name);
    }

    /**
     * Counts this step for the parameters of the group that have gradients, and returns the counts (F64, one per
     * parameter, in group order).
     */
    protected final Tensor countSteps(ParamGroup group) {
        State s = stepState(group);
        double[] mask = gradientMask(group);
        Tensor next = allOnes(mask) ? s.add(1.0) : s.add(Tensor.of(mask));
        assign(s, next);
        return next;
    }

    private State stepState(ParamGroup group) {
        return perParameter(group, "step", 0);
    }

    /** The entry of a parameter in a per-parameter F64 vector, as a scalar of the parameter's dtype. */
    protected static Tensor entry(Tensor perParameter, ParamGroup group, Parameter p) {
        return perParameter.to(p.dtype()).select(0, group.parameters().indexOf(p));
    }

    /** A saved F64 number per parameter of the group. */
    protected final State perParameter(ParamGroup group, String name, double initial) {
        return vectors.computeIfAbsent(group, g -> new LinkedHashMap<>()).computeIfAbsent(name, n -> {
            generation++;
            return new State(name, Variable.Kind.OPTIMIZER, Tensor.full(Shape.of(group.parameters().size()), initial, DType.F64),
                    group.parameters().getFirst().device());
        });
    }

    /** Assigns the entries of parameters that have a gradient; the others keep theirs. */
    protected final void assignCounted(ParamGroup group, State vector, Tensor next) {
        double[] mask = gradientMask(group);
        assign(vector, allOnes(mask) ? next : Tensor.of(mask).gt(0.0).where(next, vector));
    }

    private static double[] gradientMask(ParamGroup group) {
        double[] mask = new double[group.parameters().size()];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = group.parameters().get(i).grad() == null ? 0 : 1;
        }
        return mask;
    }

    private static boolean allOnes(double[] mask) {
        return Arrays.stream(mask).allMatch(m -> m == 1);
    }

    /** The gradient with weight decay (L2) added. */
    protected final Tensor decayed(ParamGroup group, Parameter p, Tensor grad) {
        return group.get("weight_decay") == 0 ? grad : grad.add(p.mul(option(group, "weight_decay", p.dtype())));
    }

    /** The parameter after decoupled weight decay: smaller by {@code lr * weight_decay} of itself. */
    protected final Tensor shrunk(ParamGroup group, Parameter p) {
        DType t = p.dtype();
        return group.get("weight_decay") == 0 ? p : p.mul(option(group, "weight_decay", t).mul(option(group, "lr", t)).rsub(1.0));
    }

    // ---- saving -------------------------------------------------------------------------------------------------------

    /**
     * Everything needed to go on: {@code state} (parameter number -> name -> tensor or number) and
     * {@code param_groups} (options and parameter numbers), as PyTorch's state dict.
     */
    public Map<String, Object> stateDict() {
        Map<String, Object> all = new LinkedHashMap<>();
        List<Object> groupList = new ArrayList<>();
        int number = 0;
        for (ParamGroup g : groups) {
            Map<String, double[]> numbersByName = new LinkedHashMap<>();
            vectors.getOrDefault(g, Map.of()).forEach((k, v) -> numbersByName.put(k, v.toDoubles()));
            double[] counts = numbersByName.get("step");
            List<Integer> numbers = new ArrayList<>();
            for (Parameter p : g.parameters()) {
                Map<String, Object> entry = new LinkedHashMap<>();
                int at = numbers.size();
                if (counts != null && counts[at] > 0) {
                    numbersByName.forEach((k, v) -> entry.put(k, v[at]));
                }
                state.getOrDefault(p, Map.of()).forEach((k, v) -> entry.put(k, Tensor.of(v.toHost().copy(), v.shape())));
                if (!entry.isEmpty()) {
                    all.put(Integer.toString(number), entry);
                }
                numbers.add(number++);
            }
            Map<String, Object> group = new LinkedHashMap<>(g.options());
            if (g.name() != null) {
                group.put("name", g.name());
            }
            group.put("params", numbers);
            groupList.add(group);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("state", all);
        result.put("param_groups", groupList);
        extraState().forEach(result::put);
        return result;
    }

    /** Host-side state beyond moments and counters; saved beside them. */
    protected Map<String, Object> extraState() {
        return Map.of();
    }

    protected void loadExtraState(Map<String, Object> saved) {
    }

    /**
     * Restores {@link #stateDict}.
     *
     * @throws IllegalArgumentException when groups, parameters or shapes do not match; nothing is changed then
     */
    @SuppressWarnings("unchecked")
    public void loadStateDict(Map<String, Object> saved) {
        List<Map<String, Object>> savedGroups = (List<Map<String, Object>>) saved.get("param_groups");
        Map<String, Map<String, Object>> savedState = (Map<String, Map<String, Object>>) saved.get("state");
        if (savedGroups == null || savedState == null) {
            throw new IllegalArgumentException("not an optimizer state: it needs 'state' and 'param_groups', found " + saved.keySet());
        }
        verify(savedGroups, savedState);
        generation++;
        int number = 0;
        for (int i = 0; i < groups.size(); i++) {
            ParamGroup g = groups.get(i);
            savedGroups.get(i).forEach((k, v) -> {
                if (v instanceof Number n) {
                    g.set(k, n.doubleValue());
                }
            });
            vectors.remove(g);
            Map<String, double[]> loaded = new LinkedHashMap<>();
            for (int j = 0; j < g.parameters().size(); j++) {
                Parameter p = g.parameters().get(j);
                state.remove(p);
                for (Map.Entry<String, Object> e : savedState.getOrDefault(Integer.toString(number++), Map.of()).entrySet()) {
                    boolean isNumber = e.getValue() instanceof Number || e.getValue() instanceof Tensor t && t.dim() == 0 && p.dim() > 0;
                    if (isNumber) {
                        double v = e.getValue() instanceof Tensor t ? t.item() : ((Number) e.getValue()).doubleValue();
                        loaded.computeIfAbsent(e.getKey(), k -> perParameterDefault(g, k))[j] = v;
                    } else {
                        Tensor t = (Tensor) e.getValue();
                        state(p, e.getKey(), () -> t);
                    }
                }
            }
            loaded.forEach((k, v) -> perParameter(g, k, 0).set(Tensor.of(v)));
        }
        loadExtraState(saved);
        Engine.flushOutsideStep();
    }

    /** Entries of parameters that have not been updated yet: 0 for counters, 1 for products. */
    private static double[] perParameterDefault(ParamGroup g, String name) {
        double[] v = new double[g.parameters().size()];
        Arrays.fill(v, name.endsWith("product") ? 1 : 0);
        return v;
    }

    private void verify(List<Map<String, Object>> savedGroups, Map<String, Map<String, Object>> savedState) {
        if (savedGroups.size() != groups.size()) {
            throw new IllegalArgumentException("the saved optimizer has " + savedGroups.size() + " parameter groups, this one "
                    + groups.size() + "; configure the same groups before loading");
        }
        int number = 0;
        for (int i = 0; i < groups.size(); i++) {
            int n = ((List<?>) savedGroups.get(i).get("params")).size();
            if (n != groups.get(i).parameters().size()) {
                throw new IllegalArgumentException("saved parameter group " + i + " has " + n + " parameters, this one has "
                        + groups.get(i).parameters().size());
            }
            for (Parameter p : groups.get(i).parameters()) {
                for (Map.Entry<String, Object> e : savedState.getOrDefault(Integer.toString(number), Map.of()).entrySet()) {
                    if (e.getValue() instanceof Tensor t && t.dim() > 0 && t.numel() == p.numel() && !t.shape().equals(p.shape())) {
                        throw new IllegalArgumentException("saved state '" + e.getKey() + "' of parameter " + p.name() + " has shape "
                                + t.shape() + ", the parameter " + p.shape());
                    }
                }
                number++;
            }
        }
    }
}
