package dev.levin.tensor;

import dev.levin.device.Backends;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Known;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.plan.PlanCache;
import dev.levin.type.Device;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Where recorded programs are run: finds the plan for what a trace holds and hands it to the device. */
public final class Engine {
    private static final int PLANS_PER_DEVICE = 256;
    private static final Map<Device, PlanCache> CACHES = new ConcurrentHashMap<>();

    private Engine() {
    }

    /** The plan cache of a device, for statistics. */
    public static PlanCache plans(Device device) {
        return CACHES.computeIfAbsent(device, d -> new PlanCache(Backends.get(d), PLANS_PER_DEVICE));
    }

    /**
     * What a device has done and holds.
     *
     * @param plans programs that have a plan
     * @param hits runs of a plan that was there
     * @param misses runs that needed a new plan
     * @param reservedBytes memory taken for variables and intermediates; -1 where the device can't say
     */
    public record Stats(int plans, long hits, long misses, long reservedBytes) {
    }

    /** Counts since the process started. */
    public static Stats stats(Device device) {
        PlanCache plans = plans(device);
        return new Stats(plans.size(), plans.hits(), plans.misses(), Backends.get(device).reservedBytes());
    }

    /** Returns when everything the devices were given has run; throws the first error nobody has seen. */
    public static void await() {
        CACHES.keySet().forEach(d -> Backends.get(d).await());
    }

    /**
     * Runs everything the current trace has pending: assignments of variables and kept values. Outside steps,
     * optimizers do this after each update; users rarely need it.
     */
    public static void flush() {
        flush(Context.current().trace());
    }

    static void flush(Trace trace) {
        if (trace.isStep()) {
            initialise(List.of());
        }
        if (trace.isIdle()) {
            return;
        }
        try {
            Known known = trace.known();
            Object[] leaves = known == null ? null : trace.leaves(known);
            if (leaves != null) {
                initialise(leaves);
                run(known.program(), known.device(), leaves, trace.outputs(known));
            } else {
                List<Node> outputs = trace.kept();
                Canonicalizer.Result program = Canonicalizer.canonicalize(outputs, trace.assigns());
                trace.learn(program, plans(program.device()).canonical(program.program()), outputs);
                execute(program, outputs.toArray(Node[]::new));
            }
            trace.closed(leaves != null);
        } finally {
            trace.clear();
        }
    }

    /** Computes values now; assignments stay pending. */
    static void evaluate(List<Node> nodes) {
        Context.current().trace().standAlone();
        compute(nodes);
    }

    private static void compute(List<Node> nodes) {
        List<Node> open = nodes.stream().filter(n -> !n.isRealised()).toList();
        if (!open.isEmpty()) {
            execute(Canonicalizer.canonicalize(open, Map.of()), open.toArray(Node[]::new));
        }
    }

    /** Outside steps, runs what is pending; inside, leaves it to the step. Optimizers call this after an update. */
    public static void flushOutsideStep() {
        Trace trace = Context.current().trace();
        if (!trace.isStep()) {
            flush(trace);
        }
    }

    private static void execute(Canonicalizer.Result program, Node[] outputs) {
        Object[] leaves = program.leaves();
        initialise(leaves);
        bind(leaves);
        run(program.program(), program.device(), leaves, outputs);
    }

    private static void bind(Object[] leaves) {
        for (int i = 0; i < leaves.length; i++) {
            if (leaves[i] instanceof Node n) {
                leaves[i] = n.value();
            }
        }
    }

    private static void run(Program program, Device device, Object[] leaves, Node[] outputs) {
        // Outside steps programs differ as they please; only a step that keeps changing deserves a warning.
        Trace trace = Context.current().trace();
        PlanCache plans = plans(device);
        Buffer[] values = (trace.isStep() ? plans.get(program, trace.name()) : plans.get(program)).run(leaves);
        for (int i = 0; i < values.length; i++) {
            outputs[i].realise(values[i]);
        }
    }

    /** Variables that are read before their first assignment get their initial values, all in one program. */
    private static void initialise(Object[] leaves) {
        for (Object leaf : leaves) {
            if (leaf instanceof Variable v && isFresh(v)) {
                initialise(Arrays.stream(leaves).filter(Variable.class::isInstance).map(Variable.class::cast).toList());
                return;
            }
        }
    }

    private static boolean isFresh(Variable v) {
        return v.buffer() == null && v.initial() != null;
    }

    /**
     * Initialises the given variables, and with them all that this thread has made, nobody has read yet and this step does
     * not assign: in a program of their own, so that the first step is the same program as the later ones.
     */
    private static void initialise(List<Variable> wanted) {
        List<Variable> unread = Context.current().takeUnread();
        if (wanted.isEmpty() && unread.isEmpty()) {
            return;
        }
        Set<Variable> fresh = new LinkedHashSet<>(wanted);
        Trace trace = Context.current().trace();
        // A step that failed leaves variables behind whose initial values are lost; nobody may ever ask for them.
        unread.stream().filter(v -> isFresh(v) && !v.initial().isStale() && !trace.isAssigned(v)).forEach(fresh::add);
        // Memory of variables starts as zeros.
        fresh.stream().filter(v -> isFresh(v) && isZero(v.initial())).forEach(v -> v.initial(null));
        fresh.stream().filter(v -> isFresh(v) && v.device().equals(described(v.initial())) && !readsVariables(v.initial()))
                .collect(Collectors.groupingBy(Variable::device)).values().forEach(Engine::storeInPlace);
        List<Variable> open = fresh.stream().filter(Engine::isFresh).toList();
        compute(open.stream().map(Variable::initial).toList());
        for (Variable v : open) {
            // An initial value that reads other variables has initialised those, and perhaps this one, already.
            if (isFresh(v)) {
                v.adopt(v.initial().value());
            }
        }
    }

    /** Computes initial values where the variables will keep them; whoever has read such a variable meant that value. */
    private static void storeInPlace(List<Variable> variables) {
        Map<Variable, Node> values = new LinkedHashMap<>();
        variables.forEach(v -> values.put(v, v.initial()));
        long[] versions = variables.stream().mapToLong(Variable::version).toArray();
        Canonicalizer.Result program = Canonicalizer.canonicalize(List.of(), values);
        Object[] leaves = program.leaves();
        bind(leaves);
        run(program.program(), program.device(), leaves, new Node[0]);
        for (int i = 0; i < versions.length; i++) {
            variables.get(i).unchangedSince(versions[i]);
        }
    }

    private static boolean readsVariables(Node value) {
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Node> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            Node n = open.pop();
            if (n.isRealised() || !seen.add(n)) {
                continue;
            }
            if (n.op() == Op.VARIABLE) {
                return true;
            }
            open.addAll(Arrays.asList(n.inputs()));
        }
        return false;
    }

    /** Where a value is computed that nothing else is computed with: a variable may have moved since it was described. */
    private static Device described(Node value) {
        return value.device() == null ? Device.CPU : value.device();
    }

    private static boolean isZero(Node n) {
        Node x = n;
        while (x.inputs().length > 0 && (x.op() == Op.EXPAND || x.op() == Op.RESHAPE || x.op() == Op.DETACH)) {
            x = x.input(0);
        }
        return x.op() == Op.CONST && x.attr()[0] == 0;
    }

    /** The stored value of a variable, made now if it never was read; null where nothing was ever stored. */
    static Buffer stored(Variable v) {
        if (isFresh(v)) {
            initialise(List.of(v));
        }
        return v.buffer();
    }
}
