package dev.levin.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * What one step has recorded: pending assignments, kept values, and the count of random draws.
 *
 * <p>A step's trace also lists its nodes so that they can expire when it closes. The default trace of a thread (no step
 * open) does not: there, nodes live as long as their handles.
 */
public final class Trace {
    private final String name;
    private final boolean step;
    private final List<Node> nodes = new ArrayList<>();
    private final SequencedMap<Variable, Node> assigns = new LinkedHashMap<>();
    private final Map<Variable, Node> leaves = new IdentityHashMap<>();
    private final Set<Node> kept;
    private int randomDraws;
    private int made;

    public Trace(String name, boolean step) {
        this.name = name;
        this.step = step;
        // Outside steps nothing ends the wait for a flush, so values nobody holds any more must not pile up.
        this.kept = Collections.newSetFromMap(step ? new IdentityHashMap<>() : new WeakHashMap<>());
    }

    public String name() {
        return name;
    }

    /** False for the default trace of a thread. */
    public boolean isStep() {
        return step;
    }

    /** The value of a variable at this point of the program; a gradient leaf if the variable asks for gradients. */
    public Node read(Variable variable) {
        Node pending = assigns.get(variable);
        Node leaf = leaves.get(variable);
        if (pending != null) {
            if (!variable.requiresGrad()) {
                return pending;
            }
            if (leaf == null || leaf.op() != Op.DETACH || leaf.inputs().length == 0 || leaf.input(0) != pending) {
                leaf = Nodes.gradientLeaf(pending, variable.gradientTarget());
                leaves.put(variable, leaf);
            }
            return leaf;
        }
        if (leaf == null || leaf.op() != Op.VARIABLE || leaf.attr()[0] != variable.version()
                || leaf.requiresGrad() != variable.requiresGrad()) {
            leaf = Nodes.variableLeaf(variable);
            leaves.put(variable, leaf);
        }
        return leaf;
    }

    /** Forgets a pending assignment whose value nobody will need. */
    public void unassign(Variable variable) {
        assigns.remove(variable);
    }

    /** Records that the variable takes this value when the step closes. Shapes and dtypes must match. */
    public void assign(Variable variable, Node value) {
        if (value.dtype() != variable.dtype() || !value.shape().equals(variable.shape())) {
            throw new IllegalArgumentException("variable " + variable.name() + " holds " + variable.dtype()
                    + variable.shape() + "; it can't be assigned " + value.dtype() + value.shape());
        }
        assigns.put(variable, value);
    }

    /** Asks for a value to survive the step. */
    public void keep(Node node) {
        if (!node.isRealised()) {
            kept.add(node);
        }
    }

    public SequencedMap<Variable, Node> assigns() {
        return assigns;
    }

    /** The kept values that are not computed yet, in the order they were recorded. */
    public List<Node> kept() {
        return kept.stream().filter(n -> !n.isRealised()).sorted(Comparator.comparingLong(Node::id)).toList();
    }

    /** A new ordinal for a random draw. */
    public int nextDraw() {
        return randomDraws++;
    }

    /** Nodes made since the last flush. */
    public int made() {
        return made;
    }

    void add(Node node) {
        made++;
        if (step) {
            nodes.add(node);
        }
    }

    /** Forgets what was flushed: assignments, kept values, leaves. */
    public void clear() {
        assigns.clear();
        kept.clear();
        leaves.clear();
        made = 0;
    }

    /** Ends a step: every node that has no value becomes stale. */
    public void expire() {
        clear();
        for (Node n : nodes) {
            n.expire();
        }
        nodes.clear();
    }
}
