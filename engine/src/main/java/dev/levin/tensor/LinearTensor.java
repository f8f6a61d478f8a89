package dev.levin.tensor;

import dev.levin.graph.Composition;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Map;

/** Matrix products. */
abstract class LinearTensor extends ScatterTensor {
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
        return wrap(Composition.of("MatMul", Nodes.reshape(product, Shape.of(out)), Map.of(), a, b));
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

    /** Matrix times vector. */
    public Tensor mv(Tensor vector) {
        if (dim() != 2 || vector.dim() != 1) {
            throw new IllegalArgumentException("mv needs a matrix and a vector, not " + shape() + " and " + vector.shape());
        }
        return matmul(vector);
    }

    /** All products of the elements of two vectors: [n, m]. */
    public Tensor outer(Tensor other) {
        if (dim() != 1 || other.dim() != 1) {
            throw new IllegalArgumentException("outer needs two vectors, not " + shape() + " and " + other.shape());
        }
        return unsqueeze(1).mul(other.unsqueeze(0));
    }

    /** Sum of products over the last axes. */
    public Tensor inner(Tensor other) {
        return dim() == 0 || other.dim() == 0 ? mul(other)
                : Einsum.tensordot(self(), other, new int[] {-1}, new int[] {-1});
    }

    /** beta * this + alpha * (mat1 x mat2). */
    public Tensor addmm(Tensor mat1, Tensor mat2, double beta, double alpha) {
        return plus(mat1.mm(mat2), beta, alpha);
    }

    public Tensor addmm(Tensor mat1, Tensor mat2) {
        return addmm(mat1, mat2, 1, 1);
    }

    /** beta * this + alpha * (matrix x vector). */
    public Tensor addmv(Tensor matrix, Tensor vector, double beta, double alpha) {
        return plus(matrix.mv(vector), beta, alpha);
    }

    /** beta * this + alpha * outer(a, b). */
    public Tensor addr(Tensor a, Tensor b, double beta, double alpha) {
        return plus(a.outer(b), beta, alpha);
    }

    /** beta * this + alpha * (batch1 x batch2), matrix by matrix. */
    public Tensor baddbmm(Tensor batch1, Tensor batch2, double beta, double alpha) {
        return plus(batch1.bmm(batch2), beta, alpha);
    }

    public Tensor baddbmm(Tensor batch1, Tensor batch2) {
        return baddbmm(batch1, batch2, 1, 1);
    }

    /** beta * this + alpha * the sum of the products of a batch. */
    public Tensor addbmm(Tensor batch1, Tensor batch2, double beta, double alpha) {
        return plus(batch1.bmm(batch2).sum(0), beta, alpha);
    }

    /** With beta 0 not even NaN of this comes through, as in PyTorch. */
    private Tensor plus(Tensor product, double beta, double alpha) {
        Tensor scaled = scaled(product, alpha);
        return beta == 0 ? scaled.add(Tensor.zeros(shape(), dtype())) : scaled(self(), beta).add(scaled);
    }

    /** Kronecker product. */
    public Tensor kron(Tensor other) {
        int r = Math.max(dim(), other.dim());
        int[] a = new int[2 * r];
        int[] b = new int[2 * r];
        int[] out = new int[r];
        for (int i = 0; i < r; i++) {
            int n = i < r - dim() ? 1 : size(i - (r - dim()));
            int m = i < r - other.dim() ? 1 : other.size(i - (r - other.dim()));
            a[2 * i] = n;
            a[2 * i + 1] = 1;
            b[2 * i] = 1;
            b[2 * i + 1] = m;
            out[i] = Math.multiplyExact(n, m);
        }
        return reshape(Shape.of(a)).mul(other.reshape(Shape.of(b))).reshape(Shape.of(out));
    }

    /** Sums products over the last {@code dims} axes of this and the first of the other. */
    public Tensor tensordot(Tensor other, int dims) {
        int[] a = new int[dims];
        int[] b = new int[dims];
        Arrays.setAll(a, i -> dim() - dims + i);
        Arrays.setAll(b, i -> i);
        return Einsum.tensordot(self(), other, a, b);
    }

    /** Sums products over pairs of axes. */
    public Tensor tensordot(Tensor other, int[] dims, int[] otherDims) {
        return Einsum.tensordot(self(), other, dims, otherDims);
    }

    /** Cross product of vectors of three along an axis. */
    public Tensor cross(Tensor other, int axis) {
        Shape s = Shape.broadcast(shape(), other.shape());
        if (s.rank() == 0 || s.dim(axis) != 3) {
            throw new IllegalArgumentException("cross needs an axis of 3 elements, not axis " + axis + " of " + s);
        }
        Tensor a = self().broadcastTo(s);
        Tensor b = other.broadcastTo(s);
        return a.roll(-1, axis).mul(b.roll(1, axis)).sub(a.roll(1, axis).mul(b.roll(-1, axis)));
    }

    /** Distances between the rows of this [..., P, M] and of the other [..., R, M]: [..., P, R]. */
    public Tensor cdist(Tensor other, double p) {
        if (dim() < 2 || other.dim() < 2 || size(-1) != other.size(-1)) {
            throw new IllegalArgumentException("cdist needs [..., P, M] and [..., R, M], not " + shape() + " and " + other.shape());
        }
        return Linalg.vectorNorm(unsqueeze(-2).sub(other.unsqueeze(-3)), p, new int[] {-1}, false);
    }

    public Tensor cdist(Tensor other) {
        return cdist(other, 2);
    }

    /** Inverse of the square matrices of the last two axes. */
    public Tensor inverse() {
        return Linalg.inv(self());
    }

    /** Determinant of the square matrices of the last two axes. */
    public Tensor det() {
        return Linalg.det(self());
    }

    /** Logarithm of the determinant; NaN where it is negative. */
    public Tensor logdet() {
        Linalg.LogDet d = Linalg.slogdet(self());
        return d.sign().lt(0).where(Tensor.scalar(Double.NaN, dtype()), d.logabsdet());
    }

    /** The n-th power of the square matrices of the last two axes. */
    public Tensor matrixPower(int n) {
        return Linalg.matrixPower(self(), n);
    }
}
