package dev.levin.graph;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Follows a step through the {@link History} of its name: finds each event where an earlier step recorded the same after
 * the same beginning, and adds it where none did.
 *
 * <p>At the end of a known path stands the step's {@link Known program}: nothing has to be numbered, hashed or compared
 * again. On the way, parts that a {@link Passage} describes are stepped over. A step that does something whose meaning is
 * not in its events (uses a lazy value of an earlier step, computes a value half-way) is followed no further.
 */
final class Follower {
    private static final int MOST_SOURCES = 256;
    private static final Event.Source[] NO_SOURCES = {};
    /** The number of a node that has none. */
    private static final int UNKNOWN = Integer.MIN_VALUE;

    /** A passage that was stepped over, with the id of the last node before it. */
    private record Skipped(Passage passage, long lastId) {
    }

    private final Trace trace;
    private final History history;
    private final List<Skipped> skipped = new ArrayList<>();
    private final ArrayList<Recording> recordings = new ArrayList<>();
    private Event at;
    private Node[] sources = new Node[8];
    private int sourceCount;
    private int expanded;
    private Skipped last;

    Follower(Trace trace, History history, Event begin) {
        this.trace = trace;
        this.history = history;
        at = begin;
    }

    /** Follows no further. */
    void stop() {
        at = null;
    }

    boolean isFollowing() {
        // a node that came in by another way would make events mean other nodes: such a step is recorded in full
        boolean whole = at == null || at.nodes == trace.count();
        assert whole : "step '" + trace.name() + "' has made " + trace.count() + " nodes, of which " + at.nodes + " were followed";
        if (!whole) {
            stop();
        }
        return at != null;
    }

    // ---- events -------------------------------------------------------------------------------------------------------

    /** A node was made. */
    void made(Node n) {
        if (!recordings.isEmpty() && (n.op() == Op.RANDOM_BITS || n.payload() != null && Event.identity(n) == null)) {
            forbid();
        }
        if (at == null) {
            return;
        }
        int before = sourceCount;
        Event next = at.next();
        if (next != null && next.fits(n) && sameInputs(next, n.inputs(), before)) {
            at = next;
            return;
        }
        for (Event e : at.others()) {
            if (e.fits(n) && sameInputs(e, n.inputs(), before)) {
                at = e;
                return;
            }
        }
        add(Event.Kind.NODE, n, null, n.inputs());
    }

    void assigned(Variable v, Node value) {
        if (at != null) {
            done(Event.Kind.ASSIGN, v, value);
        }
        for (Recording r : recordings) {
            r.assign(v, value.owner() == trace ? value.number() : UNKNOWN);
            if (value.owner() != trace) {
                r.forbid();
            }
        }
    }

    void unassigned(Variable v) {
        if (at != null) {
            done(Event.Kind.UNASSIGN, v);
        }
        for (Recording r : recordings) {
            r.assign(v, VariableTable.NONE);
        }
    }

    void kept(Node n) {
        forbid();
        if (at != null) {
            done(Event.Kind.KEEP, null, n);
        }
    }

    void read(Variable v) {
        for (Recording r : recordings) {
            r.read(v);
        }
    }

    /** What is being recorded can't be stepped over. */
    void forbid() {
        for (Recording r : recordings) {
            r.forbid();
        }
    }

    private void done(Event.Kind kind, Variable v, Node... nodes) {
        int before = sourceCount;
        Event next = at.next();
        if (next != null && is(next, kind, v) && sameInputs(next, nodes, before)) {
            at = next;
            return;
        }
        for (Event e : at.others()) {
            if (is(e, kind, v) && sameInputs(e, nodes, before)) {
                at = e;
                return;
            }
        }
        add(kind, null, v, nodes);
    }

    private static boolean is(Event e, Event.Kind kind, Variable v) {
        return v == null ? e.kind == kind : e.fits(kind, v);
    }

    private boolean sameInputs(Event e, Node[] nodes, int before) {
        for (int i = 0; i < nodes.length; i++) {
            if (number(nodes[i]) != e.inputs[i]) {
                forgetSources(before);
                return false;
            }
        }
        boolean same = sourceCount - before == e.sources.length;
        for (int i = before; same && i < sourceCount; i++) {
            same = e.sources[i - before].fits(sources[i]);
        }
        if (!same) {
            forgetSources(before);
        }
        return same;
    }

    private void add(Event.Kind kind, Node n, Variable v, Node[] nodes) {
        int before = sourceCount;
        int[] inputs = nodes.length == 0 ? Event.NO_INPUTS : new int[nodes.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = number(nodes[i]);
            if (inputs[i] == UNKNOWN) {
                stop();
                return;
            }
        }
        Event.Source[] types = NO_SOURCES;
        if (sourceCount > before) {
            types = new Event.Source[sourceCount - before];
            for (int i = before; i < sourceCount; i++) {
                Node s = sources[i];
                types[i - before] = new Event.Source(s.dtype(), s.shape(), s.device(), s.requiresGrad());
            }
        }
        if (!history.grow()) {
            stop();
            return;
        }
        Event e = new Event(at, kind, n, v, n == null ? v : Event.identity(n), inputs, types);
        at.add(e);
        at = e;
    }

    /** The number by which events call a node; a source gets one when it is first used. */
    private int number(Node n) {
        if (n.owner() == trace) {
            return n.isRealised() ? UNKNOWN : n.number();
        }
        for (int i = sourceCount - 1; i >= 0; i--) {
            if (sources[i] == n) {
                return Event.SOURCE - i;
            }
        }
        // a value with a past of its own would let gradients pass into nodes that no event describes
        if (!n.isRealised() || n.requiresGrad() && n.inputs().length > 0 || sourceCount == MOST_SOURCES) {
            return UNKNOWN;
        }
        if (sourceCount == sources.length) {
            sources = Arrays.copyOf(sources, 2 * sourceCount);
        }
        sources[sourceCount] = n;
        forbid();
        return Event.SOURCE - sourceCount++;
    }

    private void forgetSources(int from) {
        while (sourceCount > from) {
            sources[--sourceCount] = null;
        }
    }

    // ---- passages -----------------------------------------------------------------------------------------------------

    /** As {@link Trace#repeat}. */
    Node[] repeat(long mode, Object[] same, long[] words, Node[] inputs, Supplier<Node[]> body) {
        int[] numbers = new int[inputs.length];
        int before = sourceCount;
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = inputs[i] == null ? Event.NULL : number(inputs[i]);
            if (numbers[i] == UNKNOWN || sourceCount > before) {
                forgetSources(before);
                return body.get();
            }
        }
        long[] key = Passage.key(mode, words, numbers);
        for (Passage p : at.passages()) {
            if (p.fits(key, same) && stepOver(p)) {
                return outputs(p);
            }
        }
        Event begin = at;
        int start = trace.count();
        Recording recording = new Recording();
        recordings.add(recording);
        Node[] results;
        try {
            results = body.get();
        } finally {
            recordings.removeLast();
        }
        if (at != null && recording.isRepeatable()) {
            remember(begin, recording, key, same, start, results);
        }
        return results;
    }

    private void remember(Event begin, Recording recording, long[] key, Object[] same, int start, Node[] results) {
        int[] outputs = new int[results.length];
        int before = sourceCount;
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = results[i] == null ? Event.NULL : number(results[i]);
            if (outputs[i] == UNKNOWN || sourceCount > before) {
                forgetSources(before);
                return;
            }
        }
        begin.add(new Passage(key, same, start, at, outputs, recording.reads(trace.variables(), start), recording.effects()));
    }

    /** False where a variable is not what it was. */
    private boolean stepOver(Passage p) {
        VariableTable table = trace.variables();
        for (Passage.Read r : p.reads) {
            Variable v = r.unchanged();
            if (v == null) {
                return false;
            }
            int row = table.find(v);
            if (row >= 0 && table.version(row) >= 0 && table.version(row) != v.version()) {
                return false;
            }
        }
        for (Passage.Effect e : p.effects) {
            if (!e.isPossible()) {
                return false;
            }
        }
        for (Passage.Read r : p.reads) {
            if (r.leaf() != VariableTable.NONE) {
                Variable v = r.variable().get();
                table.setLeaf(table.row(v), null, r.leaf(), v.version());
            }
        }
        for (Passage.Effect e : p.effects) {
            Variable v = e.variable().get();
            if (e.value() != VariableTable.NONE) {
                table.assign(table.row(v), null, e.value());
            } else if (table.find(v) >= 0) {
                table.unassign(table.find(v));
            }
        }
        for (Recording r : recordings) {
            r.add(p);
        }
        last = new Skipped(p, trace.skip(p.size()));
        skipped.add(last);
        at = p.end;
        return true;
    }

    private Node[] outputs(Passage p) {
        Node[] all = new Node[p.outputs.length];
        for (int i = 0; i < all.length; i++) {
            int number = p.outputs[i];
            Event maker = p.maker(i);
            all[i] = maker != null ? output(maker) : number >= 0 ? trace.node(number) : number == Event.NULL ? null : sources[Event.SOURCE - number];
        }
        return all;
    }

    /** A node of the part that was stepped over just now. */
    private Node output(Event maker) {
        Node there = trace.made(maker.nodes - 1);
        return there == null ? bare(last, maker, null) : there;
    }

    // ---- nodes that were stepped over ---------------------------------------------------------------------------------

    /** Makes a node that was stepped over, as yet without its inputs. */
    Node node(int number) {
        int lo = 0;
        int hi = skipped.size() - 1;
        while (lo < hi) {
            int mid = lo + hi + 1 >>> 1;
            if (skipped.get(mid).passage.start <= number) {
                lo = mid;
            } else {
                hi = mid - 1;
            }
        }
        Skipped s = skipped.get(lo);
        return bare(s, s.passage.body()[number - s.passage.start], null);
    }

    private Node bare(Skipped s, Event e, Node[] inputs) {
        Object payload = e.payload == null ? null : e.payload.get();
        long[] attr = e.attr;
        if (e.op == Op.VARIABLE) {
            attr = new long[] {trace.variables().version(trace.variables().find((Variable) payload))};
        }
        Node n = new Node(s.lastId + e.nodes - s.passage.start, e.op, attr, e.dtype, e.shape, e.device, e.requiresGrad, e.path, payload,
                e.inputs.length == 0 ? Node.NONE : inputs);
        trace.place(n, e.nodes - 1);
        return n;
    }

    /** Makes everything that was stepped over up to the node, and gives the nodes that are there their inputs. */
    void expand(int number) {
        while (expanded < skipped.size() && skipped.get(expanded).passage.start <= number) {
            Skipped s = skipped.get(expanded++);
            for (Event e : s.passage.body()) {
                Node[] in = new Node[e.inputs.length];
                for (int i = 0; i < in.length; i++) {
                    in[i] = e.inputs[i] >= 0 ? trace.node(e.inputs[i]) : sources[Event.SOURCE - e.inputs[i]];
                }
                Node there = trace.made(e.nodes - 1);
                if (there == null) {
                    bare(s, e, in);
                } else {
                    there.resolve(in);
                }
            }
        }
    }

    // ---- the end ------------------------------------------------------------------------------------------------------

    /** The program of the step as it stands; null if no step was like it. */
    Known known() {
        return isFollowing() ? at.known() : null;
    }

    /** The leaves of a known program; null if one is gone. */
    Object[] leaves(Known known) {
        return known.leaves(sources);
    }

    void closed(boolean wasKnown) {
        history.closed(wasKnown);
    }

    /** Remembers the program of the step as it stands. */
    void learn(Program program, dev.levin.type.Device device, Object[] leaves, int[] outputs) {
        if (!isFollowing()) {
            return;
        }
        int[] numbers = new int[leaves.length];
        WeakReference<?>[] fixed = new WeakReference<?>[leaves.length];
        for (int i = 0; i < leaves.length; i++) {
            if (leaves[i] instanceof Node n) {
                numbers[i] = number(n);
                if (numbers[i] >= 0 || numbers[i] == UNKNOWN) {
                    return;
                }
            } else {
                fixed[i] = new WeakReference<>(leaves[i]);
            }
        }
        at.know(new Known(program, device, numbers, fixed, outputs));
    }
}
