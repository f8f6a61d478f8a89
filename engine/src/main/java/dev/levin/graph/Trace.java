package dev.levin.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * What one step has recorded: pending assignments, kept values, and the count of random draws.
 *
 * <p>A step's trace also lists its nodes so that they can expire when it closes. The default trace of a thread (no step
 * open) does not: there, nodes live as long as their handles.
 *
 * <p>A step that is opened in its thread's {@link Context} is compared with earlier steps of its name while it is recorded
 * ({@link #repeat}, {@link #known}), unless {@code -Dlevin.recall=false}.
 */
public final class Trace {
    private static final Object[] NOTHING = {};
    private static final long[] NO_WORDS = {};

    /** Memory that a step leaves to the next one of its thread. */
    static final class Workspace {
        private Node[] nodes = new Node[256];
        private final VariableTable variables = new VariableTable();
        private final List<Node> kept = new ArrayList<>();
    }

    private final String name;
    private final boolean step;
    private final Set<Node> keptOutside;
    private Workspace space;
    private Follower follower;
    private boolean followed;
    private int count;
    private int randomDraws;
    private int made;

    public Trace(String name, boolean step) {
        this(name, step, new Workspace());
    }

    Trace(String name, boolean step, Workspace space) {
        this.name = name;
        this.step = step;
        this.space = space;
        // Outside steps nothing ends the wait for a flush, so values nobody holds any more must not pile up.
        keptOutside = step ? null : Collections.newSetFromMap(new WeakHashMap<>());
    }

    /** The step of this name that the thread opens next. */
    public static Trace step(String name) {
        return new Trace(name, true, Context.current().takeSpace());
    }

    public String name() {
        return name;
    }

    /** False for the default trace of a thread. */
    public boolean isStep() {
        return step;
    }

    // ---- variables ----------------------------------------------------------------------------------------------------

    VariableTable variables() {
        return space.variables;
    }

    /** The value of a variable at this point of the program; a gradient leaf if the variable asks for gradients. */
    public Node read(Variable variable) {
        VariableTable table = space.variables;
        if (follower != null) {
            follower.read(variable);
        }
        int row = table.row(variable);
        Node leaf = leaf(row);
        if (table.isAssigned(row)) {
            Node pending = value(row);
            if (!variable.requiresGrad()) {
                return pending;
            }
            if (leaf == null || leaf.op() != Op.DETACH || leaf.inputs().length == 0 || leaf.input(0) != pending) {
                leaf = Nodes.gradientLeaf(pending, variable.gradientTarget());
                table.setLeaf(row, leaf, leaf.number(), -1);
            }
            return leaf;
        }
        if (leaf == null || leaf.op() != Op.VARIABLE || leaf.attr()[0] != variable.version()
                || leaf.requiresGrad() != variable.requiresGrad()) {
            leaf = Nodes.variableLeaf(variable);
            table.setLeaf(row, leaf, leaf.number(), leaf.attr()[0]);
        }
        return leaf;
    }

    private Node leaf(int row) {
        VariableTable table = space.variables;
        if (table.hasLeaf(row) && table.leaf(row) == null) {
            int number = table.leafNumber(row);
            table.setLeaf(row, node(number), number, table.version(row));
        }
        return table.leaf(row);
    }

    private Node value(int row) {
        VariableTable table = space.variables;
        if (table.value(row) == null) {
            int number = table.valueNumber(row);
            table.assign(row, node(number), number);
        }
        return table.value(row);
    }

    /** Forgets a pending assignment whose value nobody will need. */
    public void unassign(Variable variable) {
        int row = space.variables.find(variable);
        if (row >= 0 && space.variables.isAssigned(row)) {
            space.variables.unassign(row);
            if (follower != null) {
                follower.unassigned(variable);
            }
        }
    }

    /** Records that the variable takes this value when the step closes. Shapes and dtypes must match. */
    public void assign(Variable variable, Node value) {
        if (value.dtype() != variable.dtype() || !value.shape().equals(variable.shape())) {
            throw new IllegalArgumentException("variable " + variable.name() + " holds " + variable.dtype()
                    + variable.shape() + "; it can't be assigned " + value.dtype() + value.shape());
        }
        space.variables.assign(space.variables.row(variable), value, value.number());
        if (follower != null) {
            follower.assigned(variable, value);
        }
    }

    public boolean isAssigned(Variable variable) {
        int row = space.variables.find(variable);
        return row >= 0 && space.variables.isAssigned(row);
    }

    /** The pending values, in the order in which their variables were first assigned. */
    public SequencedMap<Variable, Node> assigns() {
        SequencedMap<Variable, Node> all = new LinkedHashMap<>();
        for (int row : space.variables.assigned()) {
            all.put(space.variables.variable(row), value(row));
        }
        return all;
    }

    // ---- kept values --------------------------------------------------------------------------------------------------

    /** Asks for a value to survive the step. */
    public void keep(Node node) {
        if (node.isRealised()) {
            return;
        }
        if (!step) {
            keptOutside.add(node);
        } else if (node.owner() == this ? !node.isKept() : !space.kept.contains(node)) {
            node.setKept(node.owner() == this);
            space.kept.add(node);
            if (follower != null) {
                follower.kept(node);
            }
        }
    }

    /** The kept values that are not computed yet, in the order they were recorded. */
    public List<Node> kept() {
        return (step ? space.kept : keptOutside).stream().filter(n -> !n.isRealised()).sorted(Comparator.comparingLong(Node::id)).toList();
    }

    /** Whether nothing waits to be computed. */
    public boolean isIdle() {
        return (step ? space.kept : keptOutside).isEmpty() && !space.variables.hasAssigned();
    }

    /** A new ordinal for a random draw. */
    public int nextDraw() {
        return randomDraws++;
    }

    // ---- nodes --------------------------------------------------------------------------------------------------------

    /** Nodes made since the last flush. */
    public int made() {
        return made;
    }

    void add(Node node) {
        made++;
        if (step) {
            place(node, count++);
            if (follower != null) {
                follower.made(node);
            }
        }
    }

    /** Puts a node where it belongs among the nodes of the step. */
    void place(Node node, int number) {
        if (number >= space.nodes.length) {
            space.nodes = Arrays.copyOf(space.nodes, 2 * Math.max(number, space.nodes.length));
        }
        space.nodes[number] = node;
        node.belongsTo(this, number);
    }

    /** Number of nodes so far, with those that were stepped over. */
    int count() {
        return count;
    }

    /** Leaves out the next nodes; returns the id of the one before them. */
    long skip(int nodes) {
        count += nodes;
        return Context.current().skipIds(nodes);
    }

    /** A node by its number; null if it was stepped over and nobody has asked for it. */
    Node made(int number) {
        return number < space.nodes.length ? space.nodes[number] : null;
    }

    /** A node by its number. */
    Node node(int number) {
        Node n = made(number);
        return n == null ? follower.node(number) : n;
    }

    /** Makes all that the node was made from. */
    void expand(int number) {
        follower.expand(number);
    }

    // ---- what earlier steps recorded ------------------------------------------------------------------------------------

    /** Compares the step with earlier ones from now on; a step that was left for a moment goes on as it began. */
    void follow(History history) {
        if (!followed && count == 0) {
            Event begin = history.begin();
            follower = begin == null ? null : new Follower(this, history, begin);
        }
        followed = true;
    }

    /**
     * A part of the step that makes nodes, and reads and assigns variables, as a function of what was recorded before it
     * and of the arguments; of nothing else. If an earlier step of the name recorded the same and then this part, the
     * body is not run: its effects on variables are repeated, and its results are made from memory.
     *
     * <p>Parts that draw random numbers, make variables, use values from outside the step for the first time, or call
     * gradients of users are recorded every time.
     *
     * @param same objects that the body uses, compared by identity; entries may be null
     * @param words numbers that the body uses
     * @param inputs nodes that the body uses; entries may be null
     * @return the body's result; entries may be null
     */
    public Node[] repeat(Object[] same, long[] words, Node[] inputs, Supplier<Node[]> body) {
        return follower == null || !follower.isFollowing() ? body.get() : follower.repeat(Context.current().mode(), same, words, inputs, body);
    }

    /** As {@link #repeat(Object[], long[], Node[], Supplier)} for a function of nodes that is known by {@code what}. */
    public Node[] repeat(Object what, Node[] inputs, Supplier<Node[]> body) {
        return follower == null || !follower.isFollowing() ? body.get()
                : follower.repeat(Context.current().mode(), new Object[] {what}, NO_WORDS, inputs, body);
    }

    /** From now on the step does what is not in its events. */
    public void standAlone() {
        if (follower != null) {
            follower.stop();
        }
    }

    /** What is being recorded must be recorded every time. */
    public void forbidRepeat() {
        if (follower != null) {
            follower.forbid();
        }
    }

    /** The program of a step that is over, if an earlier step was the same. */
    public Known known() {
        return follower == null ? null : follower.known();
    }

    /**
     * The leaves of the program: a buffer, variable or argument for each slot.
     *
     * @return null if one of them is gone, or a variable was stored to since the step read it
     */
    public Object[] leaves(Known known) {
        VariableTable table = space.variables;
        for (int row = 0; row < table.size(); row++) {
            if (table.version(row) >= 0 && table.version(row) != table.variable(row).version()) {
                return null;
            }
        }
        return follower.leaves(known);
    }

    /** The kept values in the order of the program's outputs. */
    public Node[] outputs(Known known) {
        Node[] all = new Node[known.outputs().length];
        for (int i = 0; i < all.length; i++) {
            all[i] = space.kept.get(known.outputs()[i]);
        }
        return all;
    }

    /**
     * Remembers the program of all that the step recorded.
     *
     * @param equal a program equal to the result's
     */
    public void learn(Canonicalizer.Result result, Program equal, List<Node> outputs) {
        if (follower != null) {
            int[] places = new int[outputs.size()];
            Arrays.setAll(places, i -> space.kept.indexOf(outputs.get(i)));
            follower.learn(equal, result.device(), result.leaves(), places);
        }
    }

    /** The step was run; {@code wasKnown} if its program was. */
    public void closed(boolean wasKnown) {
        if (follower != null) {
            follower.closed(wasKnown);
        }
    }

    // ---- the end --------------------------------------------------------------------------------------------------------

    /** Forgets what was flushed: assignments, kept values, leaves. */
    public void clear() {
        space.variables.clear();
        if (step) {
            for (Node n : space.kept) {
                n.setKept(false);
            }
            space.kept.clear();
        } else {
            keptOutside.clear();
        }
        standAlone();
        made = 0;
    }

    /** Ends a step: every node that has no value becomes stale. */
    public void expire() {
        clear();
        Node[] nodes = space.nodes;
        for (int i = Math.min(count, nodes.length) - 1; i >= 0; i--) {
            if (nodes[i] != null) {
                nodes[i].expire();
                nodes[i] = null;
            }
        }
        count = 0;
        follower = null;
        Context.current().giveSpace(space);
        space = null;
    }
}
