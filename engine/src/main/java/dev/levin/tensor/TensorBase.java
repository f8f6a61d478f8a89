package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;

/** What every room of {@link Tensor} shares: the node, its type, and the promotion of operands. */
abstract class TensorBase {
    private Node node;

    TensorBase(Node node) {
        this.node = node;
    }

    /** The graph node this handle stands for; for code that works on the IR. */
    public Node node() {
        return node;
    }

    void node(Node replacement) {
        node = replacement;
    }

    public DType dtype() {
        return node().dtype();
    }

    public Shape shape() {
        return node().shape();
    }

    /** Where the value lives; {@code cpu} for host data that has not been used on a device yet. */
    public Device device() {
        Device d = node().device();
        return d == null ? Device.CPU : d;
    }

    /** Number of axes. */
    public int dim() {
        return shape().rank();
    }

    /** Extent of an axis; negative axes count from the end. */
    public int size(int axis) {
        return shape().dim(axis);
    }

    public long numel() {
        return shape().numel();
    }

    final Tensor self() {
        return (Tensor) this;
    }

    static Tensor wrap(Node n) {
        return new Tensor(n);
    }

    /** The dtype two tensors compute in: dimensions before scalars within a category, as PyTorch promotes. */
    static DType promote(TensorBase a, TensorBase b) {
        DType x = a.dtype();
        DType y = b.dtype();
        if (x == y) {
            return x;
        }
        boolean aScalar = a.dim() == 0;
        boolean bScalar = b.dim() == 0;
        if (aScalar != bScalar) {
            DType tensor = aScalar ? y : x;
            DType scalar = aScalar ? x : y;
            return scalar.kind().ordinal() > tensor.kind().ordinal() ? scalar : tensor;
        }
        return DType.promote(x, y);
    }

    /** The dtype of this tensor and a Java floating-point number. */
    final DType withDouble() {
        return dtype().isFloat() ? dtype() : Context.current().defaultDType();
    }

    /** The dtype of this tensor and a Java integer. */
    final DType withLong() {
        return dtype().isBool() ? DType.I64 : dtype();
    }

    /** This tensor in a float type: unchanged, or the default dtype for ints and booleans. */
    final Node asFloat() {
        return Nodes.cast(node(), withDouble());
    }

    final Tensor promoted(Op op, Tensor other) {
        DType t = promote(this, other);
        return wrap(Nodes.binary(op, Nodes.cast(node(), t), Nodes.cast(other.node(), t)));
    }

    final Tensor withScalar(Op op, double value, boolean scalarFirst) {
        return withScalar(op, Nodes.constant(withDouble(), value), scalarFirst);
    }

    final Tensor withScalar(Op op, long value, boolean scalarFirst) {
        return withScalar(op, Nodes.constant(withLong(), value), scalarFirst);
    }

    private Tensor withScalar(Op op, Node scalar, boolean scalarFirst) {
        Node x = Nodes.cast(node(), scalar.dtype());
        return wrap(scalarFirst ? Nodes.binary(op, scalar, x) : Nodes.binary(op, x, scalar));
    }
}
