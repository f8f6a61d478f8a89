package dev.levin.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

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
    private final SequencedSet<Node> kept = new LinkedHashSet<>();
    private int randomDraws;

    public Trace(String name, boolean step) {
        this.name = name;
        this.step = step;
    }

    public String name() {
        return name;
    }

    /** False for the default trace of a thread. */
    public boolean isStep() {
        return step;
    }

    /** The value of a variable at this point of the program. */
    public Node read(Variable variable) {
        Node pending = assigns.get(variable);
        if (pending != null) {
            return pending;
        }
        Node leaf = leaves.get(variable);
        if (leaf == null || leaf.attr()[0] != variable.version()) {
            leaf = Nodes.variableLeaf(variable);
            leaves.put(variable, leaf);
        }
        return leaf;
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

    public SequencedSet<Node> kept() {
        return kept;
    }

    /** A new ordinal for a random draw. */
    public int nextDraw() {
        return randomDraws++;
    }

    public int nodeCount() {
        return nodes.size();
    }

    void add(Node node) {
        if (step) {
            nodes.add(node);
        }
    }

    /** Forgets what was flushed: assignments, kept values, leaves. */
    public void clear() {
        assigns.clear();
        kept.clear();
        leaves.clear();
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
