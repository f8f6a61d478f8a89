package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Matrix products. */
abstract class LinearTensor extends IndexTensor {
    LinearTensor(Node node) {
        super(node);
    }

    /**
     * Matrix product with PyTorch's rules: vectors are rows or columns, leading axes broadcast.
     *
     * @throws IllegalArgumentException naming both shapes
     */
    public Tensor matmul(Tensor other) {
        int r = dim();
        int q = other.dim();
        if (r == 0 || q == 0 || size(-1) != other.size(q == 1 ? 0 : -2)) {
            throw new IllegalArgumentException("matmul: " + shape() + " and " + other.shape() + " do not fit; the last axis of the first ("
                    + (r == 0 ? "none" : size(-1)) + ") must equal the " + (q <= 1 ? "only" : "second to last") + " axis of the second ("
                    + (q == 0 ? "none" : other.size(q == 1 ? 0 : -2)) + ")");
        }
        DType t = promote(this, other);
        Node a = Nodes.cast(node(), t);
        Node b = Nodes.cast(other.node(), t);
        int k = size(-1);
        int m = r == 1 ? 1 : size(-2);
        int n = q == 1 ? 1 : other.size(-1);
        int[] leadA = Arrays.copyOf(shape().dims(), Math.max(0, r - 2));
        int[] leadB = Arrays.copyOf(other.shape().dims(), Math.max(0, q - 2));
        Shape lead = Shape.broadcast(Shape.of(leadA), Shape.of(leadB));
        Node product;
        if (leadB.length == 0 && r > 1) {
            // One matrix on the right: fold the leading axes into rows.
            int rows = (int) (Shape.of(leadA).numel() * m);
            product = Nodes.matmul(Nodes.reshape(a, Shape.of(1, rows, k)), Nodes.reshape(b, Shape.of(1, k, n)));
        } else {
            product = Nodes.matmul(batched(a, m, k, lead), batched(b, k, n, lead));
        }
        int[] out = Arrays.copyOf(lead.dims(), lead.rank() + (r == 1 ? 0 : 1) + (q == 1 ? 0 : 1));
        int at = lead.rank();
        if (r > 1) {
            out[at++] = m;
        }
        if (q > 1) {
            out[at] = n;
        }
        return wrap(Nodes.reshape(product, Shape.of(out)));
    }

    private static Node batched(Node x, int rows, int columns, Shape lead) {
        int r = x.shape().rank();
        int[] own = r < 2 ? new int[0] : Arrays.copyOf(x.shape().dims(), r - 2);
        Shape ownShape = Shape.of(own).insert(own.length, rows).insert(own.length + 1, columns);
        Shape full = lead.insert(lead.rank(), rows).insert(lead.rank() + 1, columns);
        Node wide = Nodes.broadcast(Nodes.reshape(x, ownShape), full);
        return Nodes.reshape(wide, Shape.of(Math.toIntExact(lead.numel()), rows, columns));
    }

    public Tensor mm(Tensor other) {
        if (dim() != 2 || other.dim() != 2) {
            throw new IllegalArgumentException("mm needs two matrices, not " + shape() + " and " + other.shape() + "; use matmul");
        }
        return matmul(other);
    }

    /** [B, M, K] x [B, K, N]. */
    public Tensor bmm(Tensor other) {
        if (dim() != 3 || other.dim() != 3 || size(0) != other.size(0)) {
            throw new IllegalArgumentException("bmm needs [B, M, K] and [B, K, N], not " + shape() + " and " + other.shape());
        }
        return matmul(other);
    }

    public Tensor dot(Tensor other) {
        if (dim() != 1 || other.dim() != 1) {
            throw new IllegalArgumentException("dot needs two vectors, not " + shape() + " and " + other.shape());
        }
        return matmul(other);
    }
}
