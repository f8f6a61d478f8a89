package dev.levin.tensor;

import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;

/** Linear algebra on the last two axes of F32 and F64 tensors: PyTorch's {@code torch.linalg}. */
public final class Linalg {
    private Linalg() {
    }

    // ---- norms --------------------------------------------------------------------------------------------------------

    /** Euclidean norm of all elements. */
    public static Tensor norm(Tensor a) {
        return vectorNorm(a, 2, new int[0], false);
    }

    /**
     * A vector norm over one axis, a matrix norm over two; without axes, by the rank of {@code a}.
     *
     * @param ord as {@link #vectorNorm} or {@link #matrixNorm(Tensor, double, int, int, boolean)}
     */
    public static Tensor norm(Tensor a, double ord, int[] axes, boolean keepdim) {
        int[] over = axes.length == 0 ? java.util.stream.IntStream.range(0, a.dim()).toArray() : axes;
        return switch (over.length) {
            case 1 -> vectorNorm(a, ord, over, keepdim);
            case 2 -> matrixNorm(a, ord, over[0], over[1], keepdim);
            default -> throw new IllegalArgumentException("a norm of order " + ord + " needs one axis or two, not "
                    + Arrays.toString(over) + "; use vectorNorm to flatten");
        };
    }

    /** As {@link #matrixNorm(Tensor, String, int, int, boolean)}; without axes, {@code a} must be a matrix. */
    public static Tensor norm(Tensor a, String ord, int[] axes, boolean keepdim) {
        int[] over = axes.length == 0 ? new int[] {-2, -1} : axes;
        if (axes.length == 0 && a.dim() != 2 || over.length != 2) {
            throw new IllegalArgumentException("the norm \"" + ord + "\" is of matrices, not of " + a.shape());
        }
        return matrixNorm(a, ord, over[0], over[1], keepdim);
    }

    /**
     * (sum |x|^ord)^(1/ord) over the given axes (none: all). {@code ord} may be infinite (largest, smallest magnitude);
     * 0 counts what is not zero. Where the norm is 0 its gradient is 0.
     */
    public static Tensor vectorNorm(Tensor x, double ord, int[] axes, boolean keepdim) {
        Tensor v = x.dtype().isFloat() ? x : x.to(dev.levin.graph.Context.current().defaultDType());
        if (ord == Double.POSITIVE_INFINITY) {
            return v.numel() == 0 && axes.length == 0 ? v.sum(axes, keepdim) : v.abs().amax(axes, keepdim);
        }
        if (ord == Double.NEGATIVE_INFINITY) {
            return v.abs().amin(axes, keepdim);
        }
        if (ord == 0) {
            return v.detach().ne(0).to(v.dtype()).sum(axes, keepdim);
        }
        if (ord == 1) {
            return v.abs().sum(axes, keepdim);
        }
        if (ord == 2) {
            return ReduceTensor.rootOf(v.square().sum(axes, keepdim));
        }
        if (ord < 0) {
            return v.abs().pow(ord).sum(axes, keepdim).pow(1 / ord);
        }
        // Zeros are taken out before the powers, whose derivatives there are infinite or not a number.
        Tensor zero = v.eq(0);
        Tensor one = Tensor.scalar(1, v.dtype());
        Tensor nothing = Tensor.scalar(0, v.dtype());
        Tensor sum = zero.where(nothing, zero.where(one, v.abs()).pow(ord)).sum(axes, keepdim);
        Tensor empty = sum.eq(0);
        return empty.where(nothing, empty.where(one, sum).pow(1 / ord));
    }

    /** {@code ord} 1, -1 (column sums), 2, -2 (singular values), or infinite (row sums). */
    public static Tensor matrixNorm(Tensor a, double ord, int axis1, int axis2, boolean keepdim) {
        Tensor m = a.movedim(new int[] {axis1, axis2}, new int[] {-2, -1});
        Tensor sums;
        if (Math.abs(ord) == 2) {
            sums = svdvals(m);
        } else if (Math.abs(ord) == 1 || Double.isInfinite(ord)) {
            sums = m.abs().sum(Double.isInfinite(ord) ? -1 : -2);
        } else {
            throw new IllegalArgumentException("a matrix norm is of order 1, -1, 2, -2, infinity, -infinity, \"fro\" or \"nuc\", not " + ord);
        }
        Tensor n = ord > 0 ? sums.amax(-1, false) : sums.amin(-1, false);
        return keepdim ? kept(n, a, axis1, axis2) : n;
    }

    /** {@code "fro"} (root of the sum of squares) or {@code "nuc"} (sum of singular values). */
    public static Tensor matrixNorm(Tensor a, String ord, int axis1, int axis2, boolean keepdim) {
        return switch (ord) {
            case "fro" -> vectorNorm(a, 2, new int[] {axis1, axis2}, keepdim);
            case "nuc" -> {
                Tensor n = svdvals(a.movedim(new int[] {axis1, axis2}, new int[] {-2, -1})).sum(-1);
                yield keepdim ? kept(n, a, axis1, axis2) : n;
            }
            default -> throw new IllegalArgumentException("a matrix norm is \"fro\", \"nuc\" or a number, not \"" + ord + "\"");
        };
    }

    private static Tensor kept(Tensor n, Tensor a, int axis1, int axis2) {
        return n.reshape(a.shape().with(axis1, 1).with(axis2, 1));
    }

    // ---- inverses and solutions ---------------------------------------------------------------------------------------

    /** Inverse of square matrices. */
    public static Tensor inv(Tensor a) {
        square("inv", a);
        return one(LinalgFunction.INVERSE, 0, a.shape(), a);
    }

    /** Determinant of square matrices. */
    public static Tensor det(Tensor a) {
        square("det", a);
        return one(LinalgFunction.DET, 0, lead(a), a);
    }

    /** Sign and logarithm of the magnitude of a determinant. */
    public record LogDet(Tensor sign, Tensor logabsdet) {
    }

    /** The determinant as sign and logarithm, which can't overflow. */
    public static LogDet slogdet(Tensor a) {
        square("slogdet", a);
        Tensor fixed = a.detach();
        Factors f = qr(fixed);
        Tensor diagonal = f.r().diagonal(0, -2, -1);
        Tensor sign = det(f.q()).sign().mul(diagonal.sign().prod(-1, false));
        Tensor log = diagonal.abs().log().sum(-1);
        Node value = Nodes.custom(log.node(), (y, in, g) -> {
            Tensor inverse = inv(Tensor.wrap(in[0])).mT();
            return new Node[] {inverse.mul(Tensor.wrap(g).unsqueeze(-1).unsqueeze(-1)).node()};
        }, a.node());
        return new LogDet(sign, Tensor.wrap(value));
    }

    /**
     * X with A X = B. {@code b} is a matrix of columns, or (if it has one axis fewer than {@code a}, with equal leading
     * axes) one vector for each matrix.
     */
    public static Tensor solve(Tensor a, Tensor b) {
        square("solve", a);
        boolean vector = b.dim() == 1 || b.dim() == a.dim() - 1 && b.shape().equals(a.shape().drop(-1));
        Tensor right = vector ? b.unsqueeze(-1) : b;
        Tensor fixed = a.detach();
        Tensor inverse = inv(fixed);
        Tensor x = inverse.matmul(right.detach());
        // One refinement makes the product with the inverse as accurate as elimination.
        x = x.add(inverse.matmul(right.detach().sub(fixed.matmul(x))));
        Shape aShape = a.shape();
        Shape bShape = right.shape();
        Node solution = Nodes.custom(x.node(), (y, in, g) -> {
            Tensor gb = solve(Tensor.wrap(in[0]).mT(), Tensor.wrap(g));
            Tensor ga = gb.matmul(Tensor.wrap(y).mT()).neg();
            return new Node[] {sumTo(ga, aShape).node(), sumTo(gb, bShape).node()};
        }, a.node(), right.node());
        Tensor result = Tensor.wrap(solution);
        return vector ? result.squeeze(-1) : result;
    }

    /** As {@link #solve(Tensor, Tensor)}; with {@code left} false X with X A = B. */
    public static Tensor solve(Tensor a, Tensor b, boolean left) {
        return left ? solve(a, b) : solve(a.mT(), b.mT()).mT();
    }

    /** The adjoint of broadcasting to a larger shape. */
    private static Tensor sumTo(Tensor x, Shape shape) {
        int extra = x.dim() - shape.rank();
        int[] axes = java.util.stream.IntStream.range(0, x.dim())
                .filter(i -> i < extra || shape.dim(i - extra) == 1 && x.size(i) != 1).toArray();
        return axes.length == 0 ? x : x.sum(axes, true).reshape(shape);
    }

    /**
     * X with A X = B (or X A = B, if not {@code left}) for triangular A; only the named triangle is read.
     *
     * @param unitriangular whether the diagonal counts as ones
     */
    public static Tensor solveTriangular(Tensor a, Tensor b, boolean upper, boolean left, boolean unitriangular) {
        Tensor t = upper ? a.triu(unitriangular ? 1 : 0) : a.tril(unitriangular ? -1 : 0);
        if (unitriangular) {
            t = t.add(Tensor.eye(a.size(-1)).to(a.dtype()));
        }
        return left ? solve(t, b) : solve(t.mT(), b.mT()).mT();
    }

    /** Moore and Penrose's inverse; singular values below rtol times the largest count as 0. */
    public static Tensor pinv(Tensor a, double rtol) {
        Svd d = svd(a, false);
        Tensor s = d.s();
        Tensor keep = s.gt(s.amax(-1, true).mul(rtol));
        Tensor zero = Tensor.scalar(0, s.dtype());
        Tensor inverse = keep.where(keep.where(s, Tensor.scalar(1, s.dtype())).reciprocal(), zero);
        return d.vh().mT().mul(inverse.unsqueeze(-2)).matmul(d.u().mT());
    }

    public static Tensor pinv(Tensor a) {
        return pinv(a, Math.max(a.size(-2), a.size(-1)) * epsilon(a.dtype()));
    }

    /** Number of singular values above the rounding error: I64. */
    public static Tensor matrixRank(Tensor a) {
        Tensor s = svdvals(a);
        return s.gt(s.amax(-1, true).mul(Math.max(a.size(-2), a.size(-1)) * epsilon(a.dtype()))).sum(-1);
    }

    private static double epsilon(DType dtype) {
        return dtype == DType.F64 ? 0x1p-52 : 0x1p-23;
    }

    /** Least squares: X that makes A X - B smallest, the smallest such X. */
    public static Tensor lstsq(Tensor a, Tensor b) {
        return pinv(a).matmul(b);
    }

    /** Ratio of the largest to the smallest singular value. */
    public static Tensor cond(Tensor a) {
        Tensor s = svdvals(a);
        return s.select(-1, 0).div(s.select(-1, -1));
    }

    // ---- factorisations -----------------------------------------------------------------------------------------------

    /** Lower triangular L with A = L L^T, for symmetric positive definite A. */
    public static Tensor cholesky(Tensor a) {
        return cholesky(a, false);
    }

    /** As {@link #cholesky(Tensor)}, or its transpose. */
    public static Tensor cholesky(Tensor a, boolean upper) {
        square("cholesky", a);
        Tensor l = one(LinalgFunction.CHOLESKY, 0, a.shape(), a);
        return upper ? l.mT() : l;
    }

    /** X with A X = B, given the lower triangular Cholesky factor of A. */
    public static Tensor choleskySolve(Tensor b, Tensor l) {
        return solve(l.mT(), solve(l, b));
    }

    /** Orthonormal columns and an upper triangle. */
    public record Factors(Tensor q, Tensor r) {
    }

    /** A = Q R with Q [..., m, k], R [..., k, n], k the smaller extent. */
    public static Factors qr(Tensor a) {
        int k = Math.min(a.size(-2), a.size(-1));
        int r = a.dim();
        return new Factors(one(LinalgFunction.QR, 0, a.shape().with(r - 1, k), a),
                one(LinalgFunction.QR, 1, a.shape().with(r - 2, k), a));
    }

    /** A = U diag(S) Vh; singular values descend. */
    public record Svd(Tensor u, Tensor s, Tensor vh) {
    }

    /**
     * Singular value decomposition.
     *
     * @param fullMatrices whether U and Vh are square; gradients do not pass the columns that this adds
     */
    public static Svd svd(Tensor a, boolean fullMatrices) {
        int r = a.dim();
        int m = a.size(-2);
        int n = a.size(-1);
        int k = Math.min(m, n);
        Tensor u = one(LinalgFunction.SVD, 0, a.shape().with(r - 1, k), a);
        Tensor s = one(LinalgFunction.SVD, 1, a.shape().drop(-1).with(r - 2, k), a);
        Tensor vh = one(LinalgFunction.SVD, 2, a.shape().with(r - 2, k), a);
        if (fullMatrices && m > k) {
            u = Tensor.cat(List.of(u, complement(u)), -1);
        }
        if (fullMatrices && n > k) {
            vh = Tensor.cat(List.of(vh, complement(vh.mT()).mT()), -2);
        }
        return new Svd(u, s, vh);
    }

    /** Orthonormal columns that span what the given ones do not. */
    private static Tensor complement(Tensor u) {
        Tensor q = u.detach();
        int m = q.size(-2);
        int missing = m - q.size(-1);
        Tensor projector = Tensor.eye(m).to(q.dtype()).sub(q.matmul(q.mT()));
        // Eigenvalues are 0 or 1, in ascending order.
        return eigh(projector).vectors().narrow(-1, m - missing, missing);
    }

    /** Singular values, descending. */
    public static Tensor svdvals(Tensor a) {
        return svd(a, false).s();
    }

    /** Eigenvalues (ascending) and eigenvectors (columns). */
    public record Eigen(Tensor values, Tensor vectors) {
    }

    /** Eigenvalues and eigenvectors of symmetric matrices, of which the lower triangle is read. */
    public static Eigen eigh(Tensor a) {
        square("eigh", a);
        // Gradients are symmetric, and go to the whole matrix as if all of it had been read.
        Tensor read = a.detach();
        Tensor symmetric = Tensor.wrap(Nodes.custom(read.tril().add(read.tril(-1).mT()).node(), (_, _, g) -> new Node[] {g}, a.node()));
        return new Eigen(one(LinalgFunction.EIGH, 0, a.shape().drop(-1), symmetric), one(LinalgFunction.EIGH, 1, a.shape(), symmetric));
    }

    /** Eigenvalues of symmetric matrices, ascending. */
    public static Tensor eigvalsh(Tensor a) {
        return eigh(a).values();
    }

    // ---- products -----------------------------------------------------------------------------------------------------

    /** The n-th power of square matrices; negative powers are of the inverse. */
    public static Tensor matrixPower(Tensor a, int n) {
        square("matrixPower", a);
        if (n == 0) {
            return Tensor.eye(a.size(-1)).to(a.dtype()).broadcastTo(a.shape());
        }
        Tensor factor = n < 0 ? inv(a) : a;
        Tensor result = null;
        for (int left = Math.abs(n); left > 0; left >>= 1) {
            if ((left & 1) == 1) {
                result = result == null ? factor : result.matmul(factor);
            }
            if (left > 1) {
                factor = factor.matmul(factor);
            }
        }
        return result;
    }

    /** Product of matrices, in the order that costs least; the first and last may be vectors. */
    public static Tensor multiDot(List<Tensor> factors) {
        int n = factors.size();
        if (n < 2) {
            throw new IllegalArgumentException("multiDot needs at least two factors, not " + n);
        }
        long[] d = new long[n + 1];
        for (int i = 0; i < n; i++) {
            Tensor f = factors.get(i);
            d[i] = f.dim() == 1 ? i == 0 ? 1 : f.size(0) : f.size(-2);
        }
        d[n] = factors.getLast().dim() == 1 ? 1 : factors.getLast().size(-1);
        long[][] cost = new long[n][n];
        int[][] cut = new int[n][n];
        for (int length = 2; length <= n; length++) {
            for (int i = 0; i + length <= n; i++) {
                int j = i + length - 1;
                cost[i][j] = Long.MAX_VALUE;
                for (int k = i; k < j; k++) {
                    long c = cost[i][k] + cost[k + 1][j] + d[i] * d[k + 1] * d[j + 1];
                    if (c < cost[i][j]) {
                        cost[i][j] = c;
                        cut[i][j] = k;
                    }
                }
            }
        }
        return product(factors, cut, 0, n - 1);
    }

    private static Tensor product(List<Tensor> factors, int[][] cut, int from, int to) {
        return from == to ? factors.get(from)
                : product(factors, cut, from, cut[from][to]).matmul(product(factors, cut, cut[from][to] + 1, to));
    }

    private static Shape lead(Tensor a) {
        return a.shape().drop(-1).drop(-1);
    }

    private static Tensor one(LinalgFunction f, int output, Shape shape, Tensor a) {
        return Tensor.wrap(Nodes.linalg(f, output, shape, a.node()));
    }

    private static void square(String what, Tensor a) {
        if (a.dim() < 2 || a.size(-1) != a.size(-2)) {
            throw new IllegalArgumentException(what + " needs square matrices, not " + a.shape());
        }
    }
}
