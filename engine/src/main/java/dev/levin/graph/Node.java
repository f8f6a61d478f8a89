package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;

/**
 * One primitive applied to its inputs. Made by {@link Nodes} only; equality is identity.
 *
 * <p>Inputs are forgotten when the value is realised or the step that made the node is over: a handle that leaks holds
 * a few hundred bytes of heap and nothing native.
 */
public final class Node {
    static final Node[] NONE = {};

    private final long id;
    private final Op op;
    private final long[] attr;
    private final DType dtype;
    private final Shape shape;
    private final Device device;
    private final boolean requiresGrad;
    private final String path;
    private final Object payload;
    private Node[] inputs;
    private Buffer value;
    private boolean stale;
    private boolean kept;
    private StackWalker.StackFrame origin;
    private Trace owner;
    private int number;

    Node(long id, Op op, long[] attr, DType dtype, Shape shape, Device device, boolean requiresGrad, String path,
            Object payload, Node[] inputs) {
        this.id = id;
        this.op = op;
        this.attr = attr;
        this.dtype = dtype;
        this.shape = shape;
        this.device = device;
        this.requiresGrad = requiresGrad;
        this.path = path;
        this.payload = payload;
        this.inputs = inputs;
    }

    /** Larger than the ids of all inputs; creation order within a thread. */
    public long id() {
        return id;
    }

    public Op op() {
        return op;
    }

    /** Attribute words as {@link Op} says; not to be written to. */
    public long[] attr() {
        return attr;
    }

    public int attr(int i) {
        return (int) attr[i];
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    /** Null while nothing ties the value to a device (host data, literals). */
    public Device device() {
        return device;
    }

    /** Whether gradients flow through this node to a leaf that asked for them. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** Path of the layer that made the node, such as {@code encoder.layer3.attn}; empty outside layers. */
    public String path() {
        return path;
    }

    /** {@link Variable}, {@link ScalarArg}, {@link CustomGradient} or null, as the op says. */
    public Object payload() {
        return payload;
    }

    /** Empty when stale, or realised without gradients. */
    public Node[] inputs() {
        if (inputs == null) {
            owner.expand(number);
        }
        return inputs;
    }

    public Node input(int i) {
        return inputs()[i];
    }

    /** Gives a node that was made without its inputs what it is made from. */
    void resolve(Node[] from) {
        if (inputs == null) {
            inputs = from;
        }
    }

    /** The step that made the node; null outside steps. */
    Trace owner() {
        return owner;
    }

    /** How many nodes the step had made before. */
    int number() {
        return number;
    }

    void belongsTo(Trace step, int place) {
        owner = step;
        number = place;
    }

    boolean isKept() {
        return kept;
    }

    void setKept(boolean on) {
        kept = on;
    }

    /** The value, or null if it is not known yet. */
    public Buffer value() {
        return value;
    }

    public boolean isRealised() {
        return value != null;
    }

    /** True when the step is over and nobody kept this value. */
    public boolean isStale() {
        return stale;
    }

    /** The user's line that made the node, where lines are recorded. */
    public StackWalker.StackFrame origin() {
        return origin;
    }

    void origin(StackWalker.StackFrame frame) {
        origin = frame;
    }

    /** Stores the computed value and forgets the inputs, unless gradients still have to find their way through them. */
    public void realise(Buffer computed) {
        value = computed;
        if (!requiresGrad) {
            inputs = NONE;
        }
    }

    /** The step is over: forget the inputs; unless realised, the value is lost. */
    void expire() {
        if (value == null && op != Op.VARIABLE && op != Op.CONST) {
            stale = true;
        }
        inputs = NONE;
    }

    /** {@code MATMUL F32[1, 64, 10] at net.2}. */
    @Override
    public String toString() {
        return op + " " + dtype + shape + (path.isEmpty() ? "" : " at " + path) + (origin == null ? "" : " (" + origin.getFileName() + ":" + origin.getLineNumber() + ")");
    }
}
