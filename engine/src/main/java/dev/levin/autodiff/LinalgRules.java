package dev.levin.autodiff;

import static dev.levin.graph.Nodes.mul;
import static dev.levin.graph.Nodes.neg;
import static dev.levin.graph.Nodes.sub;

import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/**
 * Gradients of dense factorisations (Giles, "Collected matrix derivative results for forward and reverse mode
 * algorithmic differentiation", 2008; Townsend, "Differentiating the singular value decomposition", 2016).
 */
final class LinalgRules {
    private LinalgRules() {
    }

    static Node apply(Node n, Node g) {
        Node a = n.input(0);
        LinalgFunction f = LinalgFunction.values()[n.attr(0)];
        return switch (f) {
            case INVERSE -> neg(mm(mm(t(n), g), t(n)));
            case DET -> {
                Shape one = n.shape().insert(n.shape().rank(), 1).insert(n.shape().rank() + 1, 1);
                Node scale = Nodes.reshape(mul(g, n), one);
                yield mul(t(inverse(a)), scale);
            }
            case CHOLESKY -> cholesky(n, g);
            case EIGH -> eigh(n, g, a);
            case SVD -> svd(n, g, a);
            case QR -> qr(n, g, a);
        };
    }

    private static Node inverse(Node a) {
        return Nodes.linalg(LinalgFunction.INVERSE, 0, a.shape(), a);
    }

    private static Node t(Node m) {
        return Nodes.transpose(m, -1, -2);
    }

    private static Node mm(Node a, Node b) {
        int r = a.shape().rank();
        int batch = 1;
        for (int i = 0; i < r - 2; i++) {
            batch *= a.shape().dim(i);
        }
        Node x = Nodes.reshape(a, Shape.of(batch, a.shape().dim(r - 2), a.shape().dim(r - 1)));
        Node y = Nodes.reshape(b, Shape.of(batch, b.shape().dim(r - 2), b.shape().dim(r - 1)));
        return Nodes.reshape(Nodes.matmul(x, y), a.shape().with(r - 1, b.shape().dim(r - 1)));
    }

    /** 1 below (and, weighted, on) the diagonal of an n x n matrix, 0 above. */
    private static Node lower(Node like, double onDiagonal) {
        int n = like.shape().dim(-1);
        Node i = Nodes.reshape(Nodes.iota(n, DType.I64), Shape.of(n, 1));
        Node j = Nodes.iota(n, DType.I64);
        Node zero = Nodes.constant(like.dtype(), 0.0);
        Node below = Nodes.where(Nodes.binary(Op.LT, j, i), Nodes.constant(like.dtype(), 1.0), zero);
        return Nodes.where(Nodes.binary(Op.EQ, j, i), Nodes.constant(like.dtype(), onDiagonal), below);
    }

    private static Node eye(Node like) {
        int n = like.shape().dim(-1);
        Node i = Nodes.reshape(Nodes.iota(n, DType.I64), Shape.of(n, 1));
        return Nodes.cast(Nodes.binary(Op.EQ, i, Nodes.iota(n, DType.I64)), like.dtype());
    }

    private static Node symmetric(Node m) {
        return mul(Nodes.add(m, t(m)), 0.5);
    }

    private static Node cholesky(Node l, Node g) {
        Node inner = mm(t(l), g);
        Node phi = mul(inner, lower(inner, 0.5));
        Node inv = inverse(l);
        return symmetric(mm(mm(t(inv), phi), inv));
    }

    /** 1 / (s_j - s_i), 0 on the diagonal. */
    private static Node gaps(Node s) {
        Node row = Nodes.reshape(s, s.shape().insert(s.shape().rank() - 1, 1));
        Node column = Nodes.reshape(s, s.shape().insert(s.shape().rank(), 1));
        Node difference = sub(row, column);
        Node one = Nodes.constant(s.dtype(), 1.0);
        Node onDiagonal = Nodes.binary(Op.LT, Nodes.zeros(difference), Nodes.broadcast(eye(difference), difference.shape()));
        return Nodes.where(onDiagonal, Nodes.constant(s.dtype(), 0.0), Nodes.div(one, Nodes.where(onDiagonal, one, difference)));
    }

    private static Node eigh(Node n, Node g, Node a) {
        Shape values = a.shape().drop(-1);
        Node w = Nodes.linalg(LinalgFunction.EIGH, 0, values, a);
        Node v = Nodes.linalg(LinalgFunction.EIGH, 1, a.shape(), a);
        Node middle = n.attr(1) == 0
                ? mul(eye(v), Nodes.reshape(g, g.shape().insert(g.shape().rank() - 1, 1)))
                : mul(gaps(w), mm(t(v), g));
        return symmetric(mm(mm(v, middle), t(v)));
    }

    private static Node svd(Node n, Node g, Node a) {
        int r = a.shape().rank();
        int rows = a.shape().dim(-2);
        int columns = a.shape().dim(-1);
        int k = Math.min(rows, columns);
        Node u = Nodes.linalg(LinalgFunction.SVD, 0, a.shape().with(r - 1, k), a);
        Node s = Nodes.linalg(LinalgFunction.SVD, 1, a.shape().drop(-1).with(r - 2, k), a);
        Node vt = Nodes.linalg(LinalgFunction.SVD, 2, a.shape().with(r - 2, k), a);
        Node row = Nodes.reshape(s, s.shape().insert(s.shape().rank() - 1, 1));
        Node column = Nodes.reshape(s, s.shape().insert(s.shape().rank(), 1));
        if (n.attr(1) == 1) {
            return mm(mul(u, Nodes.reshape(g, row.shape())), vt);
        }
        Node f = gaps(mul(s, s));
        if (n.attr(1) == 0) {
            Node utg = mm(t(u), g);
            Node inner = mul(mul(f, sub(utg, t(utg))), row);
            Node da = mm(mm(u, inner), vt);
            if (rows > k) {
                Node rest = sub(g, mm(u, utg));
                da = Nodes.add(da, mm(Nodes.div(rest, row), vt));
            }
            return da;
        }
        Node gv = t(g);
        Node vtg = mm(vt, gv);
        Node inner = mul(mul(f, sub(vtg, t(vtg))), column);
        Node da = mm(mm(u, inner), vt);
        if (columns > k) {
            Node rest = sub(gv, mm(t(vt), vtg));
            da = Nodes.add(da, mm(Nodes.div(u, row), t(rest)));
        }
        return da;
    }

    /** For square or tall matrices of full column rank. */
    private static Node qr(Node n, Node g, Node a) {
        int r = a.shape().rank();
        int columns = a.shape().dim(-1);
        if (a.shape().dim(-2) < columns) {
            throw new UnsupportedOperationException("the gradient of qr needs at least as many rows as columns, not " + a.shape());
        }
        Node q = Nodes.linalg(LinalgFunction.QR, 0, a.shape(), a);
        Node upper = Nodes.linalg(LinalgFunction.QR, 1, a.shape().with(r - 2, columns), a);
        Node m = n.attr(1) == 0 ? neg(mm(t(g), q)) : mm(upper, t(g));
        // Copy the lower triangle onto the upper one.
        Node low = mul(m, lower(m, 1));
        Node strict = mul(m, lower(m, 0));
        Node sym = Nodes.add(low, t(strict));
        Node right = n.attr(1) == 0 ? Nodes.add(g, mm(q, sym)) : mm(q, sym);
        return mm(right, t(inverse(upper)));
    }
}
