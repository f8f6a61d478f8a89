package dev.levin.autodiff;

import static dev.levin.graph.Nodes.add;
import static dev.levin.graph.Nodes.binary;
import static dev.levin.graph.Nodes.constant;
import static dev.levin.graph.Nodes.div;
import static dev.levin.graph.Nodes.mul;
import static dev.levin.graph.Nodes.neg;
import static dev.levin.graph.Nodes.sub;
import static dev.levin.graph.Nodes.unary;
import static dev.levin.graph.Nodes.where;
import static dev.levin.graph.Nodes.zeros;

import dev.levin.graph.Context;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.CustomGradient;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/**
 * The table of gradient rules. Rules read {@code n} where the output is cheaper than the input (exp, tanh, sigmoid,
 * sqrt), and the input otherwise. Ops without a rule here are integer-valued or constant almost everywhere.
 */
final class GradientRules {
    private static final Map<Op, GradientRule> TABLE = new EnumMap<>(Op.class);

    private GradientRules() {
    }

    /** The rule of an op that values of float type can flow through. */
    static GradientRule rule(Op op) {
        GradientRule r = TABLE.get(op);
        if (r == null) {
            throw new UnsupportedOperationException(op + " has no gradient; detach() its input");
        }
        return r;
    }

    static boolean hasRule(Op op) {
        return TABLE.containsKey(op);
    }

    private static void one(Op op, BinaryOperator<Node> rule) {
        TABLE.put(op, (n, g) -> new Node[] {rule.apply(n, g)});
    }

    private static Node x(Node n) {
        return n.input(0);
    }

    private static Node c(Node like, double v) {
        return constant(like.dtype(), v);
    }

    private static Node square(Node v) {
        return mul(v, v);
    }

    static {
        one(Op.NEG, (n, g) -> neg(g));
        one(Op.ABS, (n, g) -> mul(g, unary(Op.SIGN, x(n))));
        one(Op.SIGN, (n, g) -> zeros(g));
        one(Op.RECIP, (n, g) -> neg(mul(g, square(n))));
        // (a / b) e = a (e / b), and e / b is what softmax has computed already.
        one(Op.EXP, (n, g) -> g.op() == Op.DIV ? mul(g.input(0), div(n, g.input(1))) : mul(g, n));
        one(Op.EXPM1, (n, g) -> mul(g, add(n, c(n, 1))));
        one(Op.LOG, (n, g) -> div(g, x(n)));
        one(Op.LOG1P, (n, g) -> div(g, add(x(n), c(n, 1))));
        one(Op.SQRT, (n, g) -> div(g, mul(n, c(n, 2))));
        one(Op.RSQRT, (n, g) -> mul(mul(g, c(n, -0.5)), mul(n, square(n))));
        one(Op.SIN, (n, g) -> mul(g, unary(Op.COS, x(n))));
        one(Op.COS, (n, g) -> neg(mul(g, unary(Op.SIN, x(n)))));
        one(Op.TAN, (n, g) -> mul(g, add(square(n), c(n, 1))));
        one(Op.ASIN, (n, g) -> mul(g, unary(Op.RSQRT, sub(c(n, 1), square(x(n))))));
        one(Op.ACOS, (n, g) -> neg(mul(g, unary(Op.RSQRT, sub(c(n, 1), square(x(n)))))));
        one(Op.ATAN, (n, g) -> div(g, add(square(x(n)), c(n, 1))));
        one(Op.SINH, (n, g) -> mul(g, unary(Op.COSH, x(n))));
        one(Op.COSH, (n, g) -> mul(g, unary(Op.SINH, x(n))));
        one(Op.TANH, (n, g) -> mul(g, sub(c(n, 1), square(n))));
        one(Op.SIGMOID, (n, g) -> mul(g, mul(n, sub(c(n, 1), n))));
        one(Op.ERF, (n, g) -> mul(g, mul(unary(Op.EXP, neg(square(x(n)))), c(n, 2 / Math.sqrt(Math.PI)))));
        one(Op.ERFC, (n, g) -> mul(g, mul(unary(Op.EXP, neg(square(x(n)))), c(n, -2 / Math.sqrt(Math.PI)))));
        one(Op.ERFINV, (n, g) -> mul(g, mul(unary(Op.EXP, square(n)), c(n, Math.sqrt(Math.PI) / 2))));
        one(Op.LGAMMA, (n, g) -> mul(g, unary(Op.POLYGAMMA, x(n), 0)));
        one(Op.POLYGAMMA, (n, g) -> mul(g, unary(Op.POLYGAMMA, x(n), n.attr(0) + 1)));
        for (Op step : new Op[] {Op.FLOOR, Op.CEIL, Op.TRUNC, Op.ROUND}) {
            one(step, (n, g) -> zeros(g));
        }
        one(Op.CAST, (n, g) -> Nodes.cast(g, x(n).dtype()));

        TABLE.put(Op.ADD, (n, g) -> new Node[] {g, g});
        TABLE.put(Op.SUB, (n, g) -> new Node[] {g, neg(g)});
        TABLE.put(Op.MUL, (n, g) -> new Node[] {mul(g, n.input(1)), mul(g, n.input(0))});
        TABLE.put(Op.DIV, (n, g) -> {
            Node own = ownSum(n);
            if (own != null) {
                // y = a / sum(a): da = (g - sum(g y)) / sum(a), which needs y only
                Node mean = Nodes.sum(mul(g, n), Arrays.stream(own.attr()).mapToInt(a -> (int) a).toArray());
                return new Node[] {div(sub(g, Nodes.expand(mean, n.shape())), n.input(1)), null};
            }
            Node overB = div(g, n.input(1));
            return new Node[] {overB, neg(mul(overB, n))};
        });
        TABLE.put(Op.POW, GradientRules::pow);
        TABLE.put(Op.MAX, (n, g) -> extreme(n, g));
        TABLE.put(Op.MIN, (n, g) -> extreme(n, g));
        TABLE.put(Op.FMOD, (n, g) -> new Node[] {g,
            neg(mul(g, unary(Op.TRUNC, div(n.input(0), n.input(1)))))});
        TABLE.put(Op.ATAN2, (n, g) -> {
            Node scaled = div(g, add(square(n.input(0)), square(n.input(1))));
            return new Node[] {mul(scaled, n.input(1)), neg(mul(scaled, n.input(0)))};
        });
        TABLE.put(Op.WHERE, (n, g) -> new Node[] {null, where(n.input(0), g, c(g, 0)), where(n.input(0), c(g, 0), g)});

        views();
        reductions();
        indexing();
        contractions();
        TABLE.put(Op.CUSTOM, GradientRules::custom);
    }

    /** The sum by which a quotient divides what was summed, as softmax does; null for other quotients. */
    private static Node ownSum(Node quotient) {
        Node sum = quotient.input(1).op() == Op.EXPAND ? quotient.input(1).input(0) : quotient.input(1);
        return sum.op() == Op.SUM && sum.input(0) == quotient.input(0) ? sum : null;
    }

    private static Node[] pow(Node n, Node g) {
        Node a = n.input(0);
        Node b = n.input(1);
        // d/da = b * a^(b-1), but 0 (not NaN) where b is 0 and a is 0 or NaN; d/db = a^b * log a, but 0 where a is 0 and
        // b >= 0. The arguments are replaced, not the results: second derivatives pass through both sides of a WHERE.
        Node zeroA = binary(Op.EQ, a, zeros(a));
        Node zeroOrNan = binary(Op.OR, zeroA, unary(Op.NOT, binary(Op.EQ, a, a)));
        Node degenerate = binary(Op.AND, binary(Op.EQ, b, zeros(b)), zeroOrNan);
        Node da = mul(g, mul(b, binary(Op.POW, a, where(degenerate, c(b, 0), sub(b, c(b, 1))))));
        Node zeroBase = binary(Op.AND, zeroA, binary(Op.LE, zeros(b), b));
        Node db = mul(g, mul(n, unary(Op.LOG, where(zeroBase, c(a, 1), a))));
        return new Node[] {da, db};
    }

    /** Ties share the gradient equally, as PyTorch's maximum and minimum do. */
    private static Node[] extreme(Node n, Node g) {
        Node a = n.input(0);
        Node b = n.input(1);
        Node half = mul(g, 0.5);
        Node tie = binary(Op.EQ, a, b);
        Node aFirst = n.op() == Op.MAX ? binary(Op.LT, b, a) : binary(Op.LT, a, b);
        Node bFirst = n.op() == Op.MAX ? binary(Op.LT, a, b) : binary(Op.LT, b, a);
        return new Node[] {where(tie, half, where(aFirst, g, c(g, 0))), where(tie, half, where(bFirst, g, c(g, 0)))};
    }

    private static void views() {
        one(Op.RESHAPE, (n, g) -> Nodes.reshape(g, x(n).shape()));
        one(Op.PERMUTE, (n, g) -> {
            int[] inverse = new int[n.shape().rank()];
            for (int i = 0; i < inverse.length; i++) {
                inverse[n.attr(i)] = i;
            }
            return Nodes.permute(g, inverse);
        });
        one(Op.EXPAND, (n, g) -> {
            int[] axes = IntStream.range(0, n.shape().rank())
                    .filter(i -> x(n).shape().dim(i) == 1 && n.shape().dim(i) != 1).toArray();
            return axes.length == 0 ? g : Nodes.sum(g, axes);
        });
        one(Op.SLICE, GradientRules::slice);
        one(Op.PAD, (n, g) -> {
            int[] start = new int[n.shape().rank()];
            int[] step = new int[start.length];
            Arrays.fill(step, 1);
            Arrays.setAll(start, n::attr);
            return Nodes.slice(g, start, x(n).shape().dims(), step);
        });
        TABLE.put(Op.CONCAT, (n, g) -> {
            Node[] parts = new Node[n.inputs().length];
            int at = 0;
            for (int i = 0; i < parts.length; i++) {
                int size = n.input(i).shape().dim(n.attr(0));
                parts[i] = Nodes.slice(g, n.attr(0), at, size, 1);
                at += size;
            }
            return parts;
        });
        one(Op.UNFOLD, (n, g) -> Nodes.fold(g, n.attr(0), n.attr(2), x(n).shape().dim(n.attr(0))));
    }

    /** Scatters the slice back: dilate by the step, flip for negative steps, pad to the input's extent. */
    private static Node slice(Node n, Node g) {
        int r = n.shape().rank();
        int[] before = new int[r];
        int[] after = new int[r];
        for (int i = 0; i < r; i++) {
            int size = n.shape().dim(i);
            int step = n.attr(r + i);
            int start = n.attr(i);
            int extent = x(n).shape().dim(i);
            if (size == 0) {
                after[i] = extent;
                continue;
            }
            if (step < 0) {
                g = Nodes.flip(g, i);
                start += (size - 1) * step;
                step = -step;
            }
            if (step > 1 && size > 1) {
                g = dilate(g, i, step);
            }
            before[i] = start;
            after[i] = extent - start - ((size - 1) * step + 1);
        }
        return Nodes.pad(g, before, after, 0);
    }

    private static Node dilate(Node g, int axis, int step) {
        int n = g.shape().dim(axis);
        int r = g.shape().rank();
        int[] after = new int[r + 1];
        after[axis + 1] = step - 1;
        Node spread = Nodes.pad(Nodes.reshape(g, g.shape().insert(axis + 1, 1)), new int[r + 1], after, 0);
        Node flat = Nodes.reshape(spread, g.shape().with(axis, n * step));
        return Nodes.slice(flat, axis, 0, (n - 1) * step + 1, 1);
    }

    private static void reductions() {
        one(Op.SUM, (n, g) -> Nodes.expand(g, x(n).shape()));
        one(Op.PROD, GradientRules::prod);
        for (Op op : new Op[] {Op.REDUCE_MAX, Op.REDUCE_MIN}) {
            one(op, (n, g) -> {
                // Equal elements share the gradient, as amax and amin do.
                Node best = binary(Op.EQ, x(n), n);
                if (n.dtype().isFloat()) {
                    // A NaN is the extreme where there is one.
                    best = binary(Op.OR, best, Nodes.unary(Op.NOT, binary(Op.EQ, x(n), x(n))));
                }
                Node mask = Nodes.cast(best, g.dtype());
                Node count = Nodes.sum(mask, Arrays.stream(n.attr()).mapToInt(a -> (int) a).toArray());
                return mul(mask, div(g, count));
            });
        }
        one(Op.CUMSUM, (n, g) -> Nodes.scan(Op.CUMSUM, g, n.attr(0), n.attr(1) == 0));
        one(Op.CUMPROD, GradientRules::cumprod);
        for (Op op : new Op[] {Op.CUMMAX, Op.CUMMIN}) {
            one(op, (n, g) -> {
                Op arg = op == Op.CUMMAX ? Op.CUMARGMAX : Op.CUMARGMIN;
                Node index = Nodes.scan(arg, Nodes.detach(x(n)), n.attr(0), n.attr(1) == 1);
                return Nodes.scatter(zeros(x(n)), index, g, n.attr(0), ScatterMode.ADD);
            });
        }
        one(Op.CUMLOGSUMEXP, (n, g) -> {
            // dx_j = sum over i after j of g_i * exp(x_j - y_i); the sign is split off so that logs exist.
            Node pos = logWeighted(n, g, false);
            Node negative = logWeighted(n, g, true);
            return sub(pos, negative);
        });
    }

    private static Node logWeighted(Node n, Node g, boolean negative) {
        Node magnitude = negative ? neg(g) : g;
        Node counts = binary(Op.LT, zeros(g), magnitude);
        // Low enough for exp to give 0, but finite: infinities would make NaN of second derivatives.
        double nothing = g.dtype() == DType.F16 ? -3e4 : g.dtype() == DType.F64 ? -1e300 : -1e30;
        Node logs = sub(where(counts, unary(Op.LOG, where(counts, magnitude, c(g, 1))), c(g, nothing)), n);
        Node tail = Nodes.scan(Op.CUMLOGSUMEXP, logs, n.attr(0), n.attr(1) == 0);
        return unary(Op.EXP, add(tail, x(n)));
    }

    /** Product of all other elements, exact with zeros: exclusive products from the left times from the right. */
    private static Node prod(Node n, Node g) {
        Node in = x(n);
        int r = in.shape().rank();
        int[] axes = Arrays.stream(n.attr()).mapToInt(a -> (int) a).toArray();
        int[] order = IntStream.concat(
                IntStream.range(0, r).filter(i -> Arrays.stream(axes).noneMatch(a -> a == i)),
                Arrays.stream(axes)).toArray();
        Node moved = Nodes.permute(in, order);
        int outer = 1;
        for (int i = 0; i < r - axes.length; i++) {
            outer *= moved.shape().dim(i);
        }
        int inner = outer == 0 ? 0 : (int) (in.shape().numel() / outer);
        if (inner == 0 || outer == 0) {
            return zeros(in);
        }
        Node flat = Nodes.reshape(moved, Shape.of(outer, inner));
        Node others = mul(exclusive(flat, false), exclusive(flat, true));
        int[] inverse = new int[r];
        for (int i = 0; i < r; i++) {
            inverse[order[i]] = i;
        }
        Node back = Nodes.permute(Nodes.reshape(others, moved.shape()), inverse);
        return mul(Nodes.expand(g, in.shape()), back);
    }

    private static Node exclusive(Node flat, boolean reverse) {
        int n = flat.shape().dim(1);
        Node scan = Nodes.scan(Op.CUMPROD, flat, 1, reverse);
        return reverse ? Nodes.pad(Nodes.slice(scan, 1, 1, n - 1, 1), new int[2], new int[] {0, 1}, 1)
                : Nodes.pad(Nodes.slice(scan, 1, 0, n - 1, 1), new int[] {0, 1}, new int[2], 1);
    }

    /**
     * dx_j = sum over i >= j of g_i * product of x_k (k <= i, k != j). Built from an [n, n] table of products along the
     * axis, so that zeros are exact; cumprod over long axes is rare.
     */
    private static Node cumprod(Node n, Node g) {
        Node in = x(n);
        int axis = n.attr(0);
        boolean reverse = n.attr(1) == 1;
        if (reverse) {
            Node flipped = Nodes.flip(in, axis);
            Node y = Nodes.scan(Op.CUMPROD, flipped, axis, false);
            return Nodes.flip(cumprodForward(flipped, Nodes.flip(g, axis), axis, y), axis);
        }
        return cumprodForward(in, g, axis, n);
    }

    private static Node cumprodForward(Node in, Node g, int axis, Node y) {
        int size = in.shape().dim(axis);
        if (in.shape().numel() == 0) {
            return zeros(in);
        }
        Node last = Nodes.transpose(in, axis, -1);
        Node gl = Nodes.transpose(g, axis, -1);
        int r = in.shape().rank();
        Shape table = last.shape().insert(r - 1, size);
        Node rows = Nodes.expand(Nodes.reshape(last, last.shape().insert(r - 1, 1)), table);
        Node i = Nodes.iota(size, DType.I64);
        Node diagonal = binary(Op.EQ, Nodes.reshape(i, Shape.of(size, 1)), i);
        Node without = where(diagonal, c(in, 1), rows);
        Node products = Nodes.scan(Op.CUMPROD, without, r, false);
        Node later = binary(Op.LE, Nodes.reshape(i, Shape.of(size, 1)), i);
        Node weighted = mul(products, Nodes.expand(Nodes.reshape(gl, gl.shape().insert(r - 1, 1)), table));
        Node total = Nodes.reshape(Nodes.sum(where(later, weighted, c(in, 0)), r), last.shape());
        return Nodes.transpose(total, axis, -1);
    }

    private static void indexing() {
        TABLE.put(Op.GATHER, (n, g) -> new Node[] {
            Nodes.scatter(zeros(x(n)), n.input(1), g, n.attr(0), ScatterMode.ADD), null});
        TABLE.put(Op.TAKE, (n, g) -> new Node[] {Nodes.indexAdd(zeros(x(n)), n.input(1), g, n.attr(0)), null});
        TABLE.put(Op.INDEX_ADD, (n, g) -> new Node[] {g, null, Nodes.take(g, n.input(1), n.attr(0))});
        TABLE.put(Op.SCATTER, GradientRules::scatter);
        one(Op.FOLD, (n, g) -> Nodes.unfold(g, n.attr(0), x(n).shape().dim(x(n).shape().rank() - 1), n.attr(1)));
    }

    private static Node[] scatter(Node n, Node g) {
        Node base = n.input(0);
        Node index = n.input(1);
        Node src = n.input(2);
        int axis = n.attr(0);
        Node read = Nodes.gather(g, index, axis);
        return switch (ScatterMode.values()[n.attr(1)]) {
            case ADD -> new Node[] {g, null, padTo(read, src)};
            case SET -> new Node[] {
                Nodes.scatter(g, index, Nodes.full(g.dtype(), index.shape(), 0), axis, ScatterMode.SET), null,
                padTo(read, src)};
            case MUL -> {
                Node gy = mul(g, n);
                yield new Node[] {div(gy, base), null, padTo(div(Nodes.gather(gy, index, axis), cut(src, index)), src)};
            }
            case MAX, MIN -> {
                // Everything that equals the result shares its gradient.
                Node hit = Nodes.cast(binary(Op.EQ, cut(src, index), Nodes.gather(n, index, axis)), g.dtype());
                Node baseHit = Nodes.cast(binary(Op.EQ, base, n), g.dtype());
                Node count = Nodes.scatter(baseHit, index, hit, axis, ScatterMode.ADD);
                Node share = div(g, count);
                yield new Node[] {mul(share, baseHit), null, padTo(mul(Nodes.gather(share, index, axis), hit), src)};
            }
        };
    }

    private static Node cut(Node src, Node index) {
        int[] step = new int[src.shape().rank()];
        Arrays.fill(step, 1);
        return Nodes.slice(src, new int[step.length], index.shape().dims(), step);
    }

    private static Node padTo(Node v, Node like) {
        int[] after = new int[v.shape().rank()];
        Arrays.setAll(after, i -> like.shape().dim(i) - v.shape().dim(i));
        return Nodes.pad(v, new int[after.length], after, 0);
    }

    private static void contractions() {
        TABLE.put(Op.MATMUL, (n, g) -> new Node[] {
            Nodes.matmul(g, Nodes.transpose(n.input(1), 1, 2)), Nodes.matmul(Nodes.transpose(n.input(0), 1, 2), g)});
        TABLE.put(Op.CONV, (n, g) -> {
            var a = ConvAttr.of(n.attr());
            return new Node[] {Nodes.convInputGrad(g, n.input(1), n.input(0).shape(), a),
                Nodes.convWeightGrad(n.input(0), g, n.input(1).shape(), a)};
        });
        TABLE.put(Op.CONV_DGRAD, (n, g) -> {
            var a = ConvAttr.of(n.attr());
            return new Node[] {Nodes.conv(g, n.input(1), a), Nodes.convWeightGrad(g, n.input(0), n.input(1).shape(), a)};
        });
        TABLE.put(Op.CONV_WGRAD, (n, g) -> {
            var a = ConvAttr.of(n.attr());
            return new Node[] {Nodes.convInputGrad(n.input(1), g, n.input(0).shape(), a), Nodes.conv(n.input(0), g, a)};
        });
        one(Op.POOL_MAX, (n, g) -> Nodes.poolMaxGrad(Nodes.detach(x(n)), g, PoolAttr.of(n.attr())));
        TABLE.put(Op.POOL_MAX_GRAD, (n, g) -> {
            Node index = Nodes.pool(Op.POOL_ARGMAX, Nodes.detach(n.input(0)), PoolAttr.of(n.attr()));
            Shape in = n.input(0).shape();
            Shape out = index.shape();
            Node flat = Nodes.reshape(g, Shape.of(in.dim(0), in.dim(1), spatial(in)));
            Node flatIndex = Nodes.reshape(index, Shape.of(in.dim(0), in.dim(1), spatial(out)));
            return new Node[] {null, Nodes.reshape(Nodes.gather(flat, flatIndex, 2), out)};
        });
        one(Op.POOL_SUM, (n, g) -> Nodes.poolSumGrad(g, x(n).shape(), PoolAttr.of(n.attr())));
        one(Op.POOL_SUM_GRAD, (n, g) -> Nodes.pool(Op.POOL_SUM, g, PoolAttr.of(n.attr())));
        one(Op.LINALG, LinalgRules::apply);
    }

    private static int spatial(Shape s) {
        int n = 1;
        for (int i = 2; i < s.rank(); i++) {
            n *= s.dim(i);
        }
        return n;
    }

    private static Node[] custom(Node n, Node g) {
        CustomGradient gradient = (CustomGradient) n.payload();
        if (!gradient.repeats()) {
            // a user's function may do anything: it is called in every step
            Context.current().trace().forbidRepeat();
        }
        Node[] inputs = Arrays.copyOfRange(n.inputs(), 1, n.inputs().length);
        Node[] grads = gradient.apply(n, inputs, g);
        if (grads.length != inputs.length) {
            throw new IllegalStateException("a custom gradient returned " + grads.length + " gradients for " + inputs.length
                    + " inputs; return one per input, null for none");
        }
        Node[] all = new Node[n.inputs().length];
        for (int i = 0; i < grads.length; i++) {
            if (grads[i] != null && !grads[i].shape().equals(inputs[i].shape())) {
                throw new IllegalStateException("a custom gradient has shape " + grads[i].shape() + " for an input of shape "
                        + inputs[i].shape());
            }
            all[i + 1] = grads[i];
        }
        return all;
    }
}
