package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;

/**
 * Named state that outlives steps: parameters, buffers, optimizer state, gradients, metric accumulators.
 *
 * <p>Assigning ({@link Trace#assign}) records a pending value; reading it later in the same step sees that value; when
 * the step closes the device stores it, in place where it can, and the version grows by one. Only one thread may
 * assign at a time: the one that runs the step.
 */
public final class Variable {
    /** Who owns the bytes; memory reports and slabs are by kind. */
    public enum Kind { PARAMETER, BUFFER, GRADIENT, OPTIMIZER, METRIC }

    private final Kind kind;
    private final Shape shape;
    private DType dtype;
    private String name;
    private Device device;
    private Buffer buffer;
    private Node initial;
    private GradientTarget gradientTarget;
    private boolean requiresGrad;
    private long version;

    public Variable(String name, Kind kind, DType dtype, Shape shape, Device device) {
        this.name = name;
        this.kind = kind;
        this.dtype = dtype;
        this.shape = shape;
        this.device = device;
    }

    public String name() {
        return name;
    }

    public void rename(String newName) {
        name = newName;
    }

    public Kind kind() {
        return kind;
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    public Device device() {
        return device;
    }

    /** How often the stored value has changed. */
    public long version() {
        return version;
    }

    /** Computes the value when it is first needed; null once stored. */
    public Node initial() {
        return initial;
    }

    public void initial(Node value) {
        initial = value;
    }

    /** Whether leaves of this variable ask for gradients. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    public void requiresGrad(boolean on) {
        requiresGrad = on;
    }

    /** Who receives the gradients of this variable; null for variables that are not trained. */
    public GradientTarget gradientTarget() {
        return gradientTarget;
    }

    public void gradientTarget(GradientTarget target) {
        gradientTarget = target;
    }

    /** The stored value; null before the first assignment was stored (such a variable reads as zeros). */
    public Buffer buffer() {
        return buffer;
    }

    /** Stores a new value, made by a device or given by the host. */
    public void store(Buffer value) {
        if (value.dtype() != dtype || value.numel() != shape.numel()) {
            throw new IllegalArgumentException("variable " + name + " holds " + dtype + shape + ", not " + value.dtype()
                    + " x " + value.numel());
        }
        buffer = value;
        initial = null;
        version++;
    }

    /**
     * Replaces the memory that holds the value without changing the value: a device moves it into its own memory
     * before it first reads or writes it.
     */
    public void adopt(Buffer sameValue) {
        buffer = sameValue;
        initial = null;
    }

    /** Counts a change that a device made in the memory it owns. */
    public void changedInPlace() {
        initial = null;
        version++;
    }

    /** Takes back the counting of a change: a device has stored the initial value, which readers of that version meant. */
    public void unchangedSince(long then) {
        version = then;
    }

    /** Changes the element type together with the value: stored, or computed when first needed, or (both null) zeros. */
    public void retype(DType newType, Buffer stored, Node computed) {
        dtype = newType;
        buffer = stored;
        initial = computed;
        version++;
    }

    /** Moves to another device; the value follows when it is next used. */
    public void moveTo(Device target) {
        if (!target.equals(device)) {
            if (buffer != null) {
                buffer = new Buffer.Host(buffer.toHost());
            }
            device = target;
            version++;
        }
    }

    @Override
    public String toString() {
        return kind + " " + name + " " + dtype + shape;
    }
}
