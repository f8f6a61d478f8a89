package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Objects;

/**
 * Something that steps of one name have recorded: a node, or what was done with one. Events are the nodes of a tree whose
 * paths from the root are the beginnings of recorded steps, so that an event stands for all that came before it, too.
 *
 * <p>Nodes are referred to by numbers: those the step made from 0 on, values from outside (<em>sources</em>) from
 * {@link #SOURCE} down. Variables and arguments are held weakly: an event must not keep a model alive.
 */
final class Event {
    /** What was recorded. */
    enum Kind { START, NODE, ASSIGN, UNASSIGN, KEEP }

    /** The number of the first source; the next ones count down. */
    static final int SOURCE = -2;
    /** The number of what is not there. */
    static final int NULL = -1;
    /** Other continuations that are remembered besides the first. */
    private static final int OTHERS = 15;
    static final int[] NO_INPUTS = {};
    private static final Event[] NO_EVENTS = {};
    private static final Passage[] NO_PASSAGES = {};

    /** The type of a source where it is used first. */
    record Source(DType dtype, Shape shape, Device device, boolean requiresGrad) {
        boolean fits(Node n) {
            return dtype == n.dtype() && requiresGrad == n.requiresGrad() && Objects.equals(device, n.device()) && shape.equals(n.shape());
        }
    }

    final Event before;
    final Kind kind;
    final Op op;
    final long[] attr;
    final DType dtype;
    final Shape shape;
    final Device device;
    final boolean requiresGrad;
    /** A variable or an argument; null for other nodes. */
    final WeakReference<Object> payload;
    final int[] inputs;
    /** Sources that are used here for the first time. */
    final Source[] sources;
    final String path;
    /** Nodes made so far, with this one. */
    final int nodes;

    private Event next;
    private Event[] others = NO_EVENTS;
    private int replaced;
    private Passage[] passages = NO_PASSAGES;
    private Known known;

    /** The beginning of a step. */
    Event() {
        this(null, Kind.START, null, null, null, NO_INPUTS, new Source[0]);
    }

    Event(Event before, Kind kind, Node n, Variable variable, Object payload, int[] inputs, Source[] sources) {
        this.before = before;
        this.kind = kind;
        op = n == null ? null : n.op();
        attr = n == null ? null : n.attr();
        dtype = n == null ? null : n.dtype();
        shape = n == null ? null : n.shape();
        device = n != null ? n.device() : variable != null ? variable.device() : null;
        requiresGrad = n != null && n.requiresGrad();
        path = n == null ? "" : n.path();
        this.payload = payload == null ? null : new WeakReference<>(payload);
        this.inputs = inputs;
        this.sources = sources;
        nodes = (before == null ? 0 : before.nodes) + (kind == Kind.NODE ? 1 : 0);
    }

    /** What the node's payload has to be the same object for; null where it does not matter to what is computed. */
    static Object identity(Node n) {
        return n.op() == Op.VARIABLE || n.op() == Op.SCALAR ? n.payload() : null;
    }

    /** Whether the node is this one but for its inputs. */
    boolean fits(Node n) {
        if (kind != Kind.NODE || op != n.op() || dtype != n.dtype() || requiresGrad != n.requiresGrad() || inputs.length != n.inputs().length
                || !Objects.equals(device, n.device()) || payload != null && !payload.refersTo(n.payload())) {
            return false;
        }
        // the version of a variable's value is looked at when the step closes
        return (attr == n.attr() || op == Op.VARIABLE || Arrays.equals(attr, n.attr())) && shape.equals(n.shape());
    }

    /** Whether the variable is this event's, on the same device. */
    boolean fits(Kind what, Variable v) {
        return kind == what && payload.refersTo(v) && Objects.equals(device, v.device());
    }

    Event next() {
        return next;
    }

    Event[] others() {
        return others;
    }

    /** Adds a continuation; the oldest of many is forgotten. */
    void add(Event continuation) {
        if (next == null) {
            next = continuation;
        } else if (others.length < OTHERS) {
            others = Arrays.copyOf(others, others.length + 1);
            others[others.length - 1] = continuation;
        } else {
            others[replaced++ % OTHERS] = continuation;
        }
    }

    Passage[] passages() {
        return passages;
    }

    void add(Passage p) {
        if (passages.length < OTHERS) {
            passages = Arrays.copyOf(passages, passages.length + 1);
            passages[passages.length - 1] = p;
        } else {
            passages[replaced++ % OTHERS] = p;
        }
    }

    /** The program of steps that end here; null if none did. */
    Known known() {
        return known;
    }

    void know(Known program) {
        known = program;
    }
}
