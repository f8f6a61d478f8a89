package dev.levin.tensor;

import dev.levin.autodiff.Autodiff;
import dev.levin.graph.Buffer;
import dev.levin.graph.Context;
import dev.levin.graph.GradientTarget;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An n-dimensional array of one {@link DType}, with the operations of PyTorch's tensor.
 *
 * <p>Operations record what is to be computed; reading a value ({@link #item}, {@link #toFloats}, {@link #toString})
 * computes it. Inside a {@link Step} everything recorded becomes one program when the step closes. A tensor never needs
 * closing: it owns no native memory.
 *
 * {@snippet :
 * Tensor x = Tensor.of(new float[] {1, 2, 3}).requiresGrad();
 * Tensor y = x.mul(x).sum();
 * y.backward();
 * System.out.println(x.grad());     // tensor([2., 4., 6.])
 * }
 */
public sealed class Tensor extends TensorFactory permits VariableTensor {
    /** Stands for all axes that an index does not name. */
    public static final Object ELLIPSIS = new Object() {
        @Override
        public String toString() {
            return "...";
        }
    };

    private boolean gradLeaf;
    private Tensor grad;

    Tensor(Node node) {
        super(node);
    }

    /** The handle of a graph node; for code that works on the IR. */
    public static Tensor wrap(Node node) {
        return new Tensor(node);
    }

    // ---- creation -----------------------------------------------------------------------------------------------------

    /** Wraps host data without copying; do not write to it afterwards. */
    public static Tensor of(HostArray data, Shape shape) {
        return new Tensor(Nodes.input(new Buffer.Host(data), shape));
    }

    private static Shape orVector(int[] dims, int n) {
        return dims.length == 0 ? Shape.of(n) : Shape.of(dims);
    }

    /** Without extents: one axis. */
    public static Tensor of(float[] values, int... dims) {
        return of(HostArray.wrap(DType.F32, values.clone()), orVector(dims, values.length));
    }

    public static Tensor of(double[] values, int... dims) {
        return of(HostArray.wrap(DType.F64, values.clone()), orVector(dims, values.length));
    }

    public static Tensor of(long[] values, int... dims) {
        return of(HostArray.wrap(DType.I64, values.clone()), dims.length == 0 ? Shape.of(values.length) : Shape.of(dims));
    }

    public static Tensor of(int[] values, int... dims) {
        return of(HostArray.wrap(DType.I32, values.clone()), orVector(dims, values.length));
    }

    /** Bytes 0 to 255 as U8. */
    public static Tensor of(byte[] values, int... dims) {
        return of(HostArray.wrap(DType.U8, values.clone()), orVector(dims, values.length));
    }

    public static Tensor of(boolean[] values, int... dims) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (values[i] ? 1 : 0);
        }
        return of(HostArray.wrap(DType.BOOL, b), orVector(dims, b.length));
    }

    public static Tensor of(float[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        float[] flat = new float[rows.length * columns];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != columns) {
                throw new IllegalArgumentException("row " + i + " has " + rows[i].length + " elements, row 0 has " + columns);
            }
            System.arraycopy(rows[i], 0, flat, i * columns, columns);
        }
        return of(HostArray.wrap(DType.F32, flat), Shape.of(rows.length, columns));
    }

    /** A scalar of the default float dtype. */
    public static Tensor scalar(double value) {
        return new Tensor(Nodes.constant(Context.current().defaultDType(), value));
    }

    public static Tensor scalar(double value, DType dtype) {
        return new Tensor(Nodes.constant(dtype, value));
    }

    public static Tensor full(Shape shape, double value, DType dtype) {
        return new Tensor(Nodes.full(dtype, shape, value));
    }

    public static Tensor zeros(int... dims) {
        return full(Shape.of(dims), 0, Context.current().defaultDType());
    }

    public static Tensor zeros(Shape shape, DType dtype) {
        return full(shape, 0, dtype);
    }

    public static Tensor ones(int... dims) {
        return full(Shape.of(dims), 1, Context.current().defaultDType());
    }

    public static Tensor ones(Shape shape, DType dtype) {
        return full(shape, 1, dtype);
    }

    public static Tensor zerosLike(Tensor t) {
        return full(t.shape(), 0, t.dtype());
    }

    public static Tensor onesLike(Tensor t) {
        return full(t.shape(), 1, t.dtype());
    }

    /** 0, 1, ..., n-1 as I64. */
    public static Tensor arange(int n) {
        return new Tensor(Nodes.iota(n, DType.I64));
    }

    public static Tensor eye(int n) {
        Node i = Nodes.iota(n, DType.I32);
        Node hit = Nodes.binary(Op.EQ, Nodes.reshape(i, Shape.of(n, 1)), i);
        return new Tensor(Nodes.cast(hit, Context.current().defaultDType()));
    }

    /** Uniform on [0, 1). */
    public static Tensor rand(int... dims) {
        return Random.uniform(Generator.global(), Shape.of(dims), Context.current().defaultDType());
    }

    /** Standard normal. */
    public static Tensor randn(int... dims) {
        return Random.normal(Generator.global(), Shape.of(dims), Context.current().defaultDType());
    }

    /** Uniform integers of [low, high) as I64. */
    public static Tensor randint(long low, long high, int... dims) {
        return Random.integers(Generator.global(), low, high, Shape.of(dims));
    }

    /** Joins along an existing axis; dtypes promote. */
    public static Tensor cat(List<? extends Tensor> parts, int axis) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("cat needs at least one tensor");
        }
        DType t = parts.getFirst().dtype();
        for (Tensor p : parts) {
            t = promote(p, wrap(Nodes.full(t, p.shape(), 0)));
        }
        List<Node> nodes = new ArrayList<>();
        for (Tensor p : parts) {
            if (!p.shape().equals(Shape.of(0)) || parts.size() == 1) {
                nodes.add(Nodes.cast(p.node(), t));
            }
        }
        return wrap(nodes.isEmpty() ? parts.getFirst().node() : Nodes.concat(nodes, axis));
    }

    /** Joins along a new axis. */
    public static Tensor stack(List<? extends Tensor> parts, int axis) {
        return cat(parts.stream().map(p -> p.unsqueeze(axis)).toList(), axis);
    }

    // ---- reading --------------------------------------------------------------------------------------------------------

    /** The elements on the host; computes them if need be. Not to be written to. */
    public HostArray toHost() {
        Node n = node();
        if (!n.isRealised()) {
            Engine.evaluate(List.of(n));
        }
        return n.value().toHost();
    }

    /** The only element. */
    public double item() {
        if (numel() != 1) {
            throw new IllegalStateException("item() needs exactly one element, not " + shape() + "; reduce it, or index one");
        }
        return toHost().getDouble(0);
    }

    public long itemLong() {
        if (numel() != 1) {
            throw new IllegalStateException("itemLong() needs exactly one element, not " + shape());
        }
        return toHost().getLong(0);
    }

    /** The elements in row-major order, converted. */
    public float[] toFloats() {
        HostArray h = toHost();
        if (h.array() instanceof float[] f) {
            return f.clone();
        }
        float[] out = new float[h.length()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) h.getDouble(i);
        }
        return out;
    }

    public double[] toDoubles() {
        HostArray h = toHost();
        double[] out = new double[h.length()];
        Arrays.setAll(out, h::getDouble);
        return out;
    }

    public long[] toLongs() {
        HostArray h = toHost();
        long[] out = new long[h.length()];
        Arrays.setAll(out, h::getLong);
        return out;
    }

    /** Makes the value survive the step that made it. */
    public Tensor keep() {
        Node n = node();
        Trace trace = Context.current().trace();
        if (n.op() != Op.VARIABLE) {
            trace.keep(n);
        }
        return this;
    }

    /** The only element, readable once the step has closed; asking does not wait. */
    public HostValue later() {
        Tensor copy = detach();
        copy.keep();
        return new HostValue(copy);
    }

    /** This tensor on a device. */
    public Tensor to(Device device) {
        return device.equals(device()) ? this : of(toHost(), shape());
    }

    // ---- gradients ------------------------------------------------------------------------------------------------------

    /** Asks for gradients by this leaf. */
    public Tensor requiresGrad() {
        return requiresGrad(true);
    }

    public Tensor requiresGrad(boolean on) {
        if (on && !dtype().isFloat()) {
            throw new IllegalArgumentException("only float tensors can require gradients, not " + dtype());
        }
        if (on && !gradLeaf) {
            if (node().requiresGrad()) {
                return this;
            }
            GradientTarget target = g -> grad = grad == null ? wrap(g) : grad.add(wrap(g));
            node(Nodes.gradientLeaf(node(), target));
            gradLeaf = true;
        } else if (!on && gradLeaf) {
            node(Nodes.detach(node()));
            gradLeaf = false;
        } else if (!on && node().requiresGrad()) {
            throw new IllegalStateException("only leaves can stop requiring gradients; use detach()");
        }
        return this;
    }

    /** Whether gradients flow into this tensor. */
    public boolean isGradRequired() {
        return node().requiresGrad();
    }

    /** The gradient gathered by backward passes; null before the first. */
    public Tensor grad() {
        return grad;
    }

    public void setGrad(Tensor value) {
        grad = value;
    }

    /** The same value, cut off from gradients. */
    public Tensor detach() {
        return wrap(Nodes.detach(node()));
    }

    /** Adds the gradients of this scalar to {@link #grad} of every leaf it depends on. */
    public void backward() {
        if (numel() != 1) {
            throw new IllegalStateException("backward() starts at a scalar, not at " + shape() + "; reduce it (sum, mean) or "
                    + "pass the gradient to start from");
        }
        backward(null, false);
    }

    /** As {@link #backward()} with the gradient of this tensor given; {@code createGraph} allows differentiating again. */
    public void backward(Tensor gradient, boolean createGraph) {
        if (!node().requiresGrad()) {
            throw new IllegalStateException("this tensor does not depend on anything that requires gradients" + (Grad.isOn() ? ""
                    : " (gradients are off)") + "; call requiresGrad() on its inputs, or train a module's parameters");
        }
        if (!Context.current().trace().isStep()) {
            keep();
        }
        Map<Node, Node> grads = Autodiff.leafGradients(node(), gradient == null ? null : gradient.node(), createGraph);
        grads.forEach((leaf, g) -> {
            switch (leaf.payload()) {
                case Variable v when v.gradientTarget() != null -> v.gradientTarget().accumulate(g);
                case GradientTarget t -> t.accumulate(g);
                case null, default -> { }
            }
        });
    }

    /**
     * Gradients of {@code sum(outputs)} by the given tensors, without touching {@link #grad}.
     *
     * @return one per input; null where the outputs do not depend on it
     */
    public static List<Tensor> grad(List<Tensor> outputs, List<Tensor> inputs, List<Tensor> gradOutputs, boolean createGraph) {
        List<Node> cotangents = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            Tensor g = gradOutputs == null ? null : gradOutputs.get(i);
            cotangents.add(g == null ? null : g.node());
        }
        Node[] grads = Autodiff.gradients(outputs.stream().map(Tensor::node).toList(), cotangents,
                inputs.stream().map(Tensor::node).toList(), createGraph);
        List<Tensor> result = new ArrayList<>();
        for (Node g : grads) {
            result.add(g == null ? null : wrap(g));
        }
        return result;
    }

    /** As PyTorch prints: {@code tensor([1., 2.])}. Computes the value; one that is lost prints its type and the reason. */
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
