package dev.levin.io.export;

import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.io.OnnxExportException;
import dev.levin.type.DType;
import java.util.List;
import java.util.Map;

/** One value of the model: the nodes that compute it in each recording. */
final class Value {
    /** A function with a name of its own, and the values that come out of it. */
    record Call(String name, Map<String, ?> attributes, List<Value> inputs, List<Value> outputs) {
        double number(String attribute) {
            return ((Number) attributes.get(attribute)).doubleValue();
        }

        int integer(String attribute) {
            return ((Number) attributes.get(attribute)).intValue();
        }
    }

    private final Node[] nodes;
    private final int[] sizes;
    private final int placeholder;
    private List<Value> inputs = List.of();
    private Call call;
    private boolean fixed;

    Value(Node[] nodes, int[] sizes, int placeholder) {
        this.nodes = nodes;
        this.sizes = sizes;
        this.placeholder = placeholder;
    }

    /** Number of the model's input that this is, or -1. */
    int placeholder() {
        return placeholder;
    }

    Node node() {
        return nodes[0];
    }

    Node[] nodes() {
        return nodes;
    }

    /** INPUT for everything that has a value already. */
    Op op() {
        return nodes[0].isRealised() ? Op.INPUT : nodes[0].op();
    }

    DType dtype() {
        return nodes[0].dtype();
    }

    String path() {
        return nodes[0].path();
    }

    /** What it is computed from: the function's inputs, where there is one; null for a missing optional input. */
    List<Value> inputs() {
        return inputs;
    }

    Value input(int i) {
        return inputs.get(i);
    }

    /** The function that gives this value, or null for a primitive. */
    Call call() {
        return call;
    }

    /** Whether it is the same for every input and batch, and no weight of the model. */
    boolean isFixed() {
        return fixed;
    }

    void inputs(List<Value> all) {
        inputs = all;
    }

    void call(Call function) {
        call = function;
    }

    void fixed(boolean on) {
        fixed = on;
    }

    int rank() {
        return nodes[0].shape().rank();
    }

    Extent extent(int axis) {
        long[] v = new long[nodes.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = nodes[i].shape().dim(axis);
        }
        return affine(v, "its shape");
    }

    Extent[] extents() {
        Extent[] e = new Extent[rank()];
        for (int i = 0; i < e.length; i++) {
            e[i] = extent(i);
        }
        return e;
    }

    Extent attr(int i) {
        long[] v = new long[nodes.length];
        for (int k = 0; k < v.length; k++) {
            v[k] = nodes[k].attr()[i];
        }
        return affine(v, "an attribute");
    }

    /** The literal of a CONST. */
    Extent literal() {
        long[] v = new long[nodes.length];
        for (int k = 0; k < v.length; k++) {
            long bits = nodes[k].attr()[0];
            double d = dtype().isFloat() ? Double.longBitsToDouble(bits) : bits;
            if (d != Math.rint(d)) {
                throw new OnnxExportException(this + " is a Java number that differs from batch to batch: the model computes it from the batch size, "
                        + "or reads a tensor on the host (item(), toDoubles()); keep to tensor operations, or export with fixedBatch()");
            }
            v[k] = (long) d;
        }
        return affine(v, "its value");
    }

    /** An attribute that must not depend on the batch. */
    int constant(int i) {
        Extent e = attr(i);
        if (!e.isConstant()) {
            throw new OnnxExportException(this + " has an attribute that depends on the batch size; export with fixedBatch()");
        }
        return Math.toIntExact(e.value());
    }

    /** All attributes, none of which may depend on the batch. */
    long[] constants() {
        long[] all = new long[nodes[0].attr().length];
        for (int i = 0; i < all.length; i++) {
            all[i] = constant(i);
        }
        return all;
    }

    /** Extents of {@code of}, all of which must be known. */
    static int[] known(Value of) {
        int[] d = new int[of.rank()];
        for (int i = 0; i < d.length; i++) {
            Extent e = of.extent(i);
            if (!e.isConstant()) {
                throw new OnnxExportException(of + " needs extents that do not depend on the batch size; export with fixedBatch()");
            }
            d[i] = (int) e.value();
        }
        return d;
    }

    private Extent affine(long[] values, String what) {
        Extent e = Extent.of(values, sizes);
        if (e == null) {
            throw new OnnxExportException(this + ": " + what + (sizes[0] == sizes[1]
                    ? " depends on the values of the input, so that the graph holds for this input only; keep to tensor operations whose shapes do not"
                    : " does not grow evenly with the batch size; export with fixedBatch()"));
        }
        return e;
    }

    @Override
    public String toString() {
        return nodes[0].toString();
    }
}
