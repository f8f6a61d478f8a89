package dev.levin.check;

import dev.levin.graph.ConvAttr;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** One random node, or a well-known group of nodes such as a softmax, on operands that make it valid. */
final class NodeMaker {
    private static final Op[] FLOAT_UNARY = {Op.NEG, Op.ABS, Op.SIGN, Op.RECIP, Op.EXP, Op.EXPM1, Op.LOG, Op.LOG1P, Op.SQRT, Op.RSQRT, Op.SIN,
        Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN, Op.SINH, Op.COSH, Op.TANH, Op.SIGMOID, Op.ERF, Op.ERFC, Op.ERFINV, Op.LGAMMA, Op.FLOOR,
        Op.CEIL, Op.TRUNC, Op.ROUND, Op.POLYGAMMA};
    private static final Op[] FLOAT_BINARY = {Op.ADD, Op.ADD, Op.SUB, Op.MUL, Op.MUL, Op.DIV, Op.MAX, Op.MIN, Op.POW, Op.FMOD, Op.ATAN2};
    private static final Op[] INT_BINARY = {Op.ADD, Op.SUB, Op.MUL, Op.MAX, Op.MIN, Op.AND, Op.OR, Op.XOR, Op.SHL, Op.SHR, Op.DIV, Op.FMOD, Op.POW};
    private static final Op[] BOOL_BINARY = {Op.AND, Op.OR, Op.XOR, Op.MAX, Op.MIN};
    private static final Op[] COMPARE = {Op.EQ, Op.LT, Op.LE};
    private static final Op[] REDUCE = {Op.SUM, Op.SUM, Op.SUM, Op.REDUCE_MAX, Op.REDUCE_MIN, Op.PROD};
    private static final Op[] SCAN = {Op.CUMSUM, Op.CUMPROD, Op.CUMMAX, Op.CUMMIN, Op.CUMARGMAX, Op.CUMARGMIN, Op.CUMLOGSUMEXP};

    /** Of products: below, at and above the widths of registers and tiles. */
    private static final int[] COLUMNS = {1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 64, 100};

    private final GraphGenerator g;
    private final RandomGenerator random;

    NodeMaker(GraphGenerator generator) {
        g = generator;
        random = generator.random();
    }

    /** Null if the choice had no operand. */
    Node next() {
        int choice = random.nextInt(100);
        if (choice < 18) {
            return unary();
        }
        if (choice < 42) {
            return binary();
        }
        if (choice < 47) {
            return where();
        }
        if (choice < 62) {
            return view();
        }
        if (choice < 74) {
            return reduce();
        }
        if (choice < 78) {
            return scan();
        }
        if (choice < 85) {
            return indexing();
        }
        if (choice < 89) {
            return contraction();
        }
        if (choice < 95) {
            return pattern();
        }
        return switch (choice % 5) {
            case 0 -> g.leaf(g.type(), g.shape());
            case 1 -> g.randomBits(g.shape());
            default -> cast();
        };
    }

    private <T> T any(T[] of) {
        return of[random.nextInt(of.length)];
    }

    // ---- pointwise ------------------------------------------------------------------------------------------------------

    private Node unary() {
        Node x = g.pick(n -> true);
        if (x.dtype().isBool()) {
            return Nodes.unary(Op.NOT, x);
        }
        if (x.dtype().isInt()) {
            return Nodes.unary(any(new Op[] {Op.NEG, Op.ABS, Op.SIGN, Op.NOT}), x);
        }
        Op op = any(FLOAT_UNARY);
        // Mostly inside the domain, so that values stay finite for the nodes that follow.
        Node in = random.nextInt(5) == 0 ? x : switch (op) {
            case EXP, EXPM1, SINH, COSH, SIN, COS, TAN -> bounded(x, 3);
            case ASIN, ACOS, ERFINV -> bounded(x, 0.9);
            case LOG, SQRT, RSQRT, RECIP, LOG1P, LGAMMA, POLYGAMMA -> Nodes.add(Nodes.unary(Op.ABS, x), 0.5);
            default -> x;
        };
        return op == Op.POLYGAMMA ? Nodes.unary(op, in, random.nextInt(3)) : Nodes.unary(op, in);
    }

    private static Node bounded(Node x, double limit) {
        return Nodes.binary(Op.MIN, Nodes.binary(Op.MAX, x, Nodes.constant(x.dtype(), -limit)), Nodes.constant(x.dtype(), limit));
    }

    /** A second operand: equal shape, broadcastable, reduced from the first, a literal or a leaf. */
    private Node partner(Node a) {
        Node b = switch (random.nextInt(6)) {
            case 0, 1 -> g.pick(n -> n.dtype() == a.dtype() && n.shape().equals(a.shape()));
            case 2, 3 -> g.pick(n -> n.dtype() == a.dtype() && broadcasts(n.shape(), a.shape()));
            case 4 -> a.shape().rank() == 0 || a.dtype().isBool() || a.shape().numel() == 0 ? null
                    : Nodes.reduce(any(new Op[] {Op.SUM, Op.REDUCE_MAX}), a, random.nextInt(a.shape().rank()));
            default -> g.literal(a.dtype());
        };
        return b != null ? b : g.leaf(a.dtype(), loosened(a.shape()));
    }

    private static boolean broadcasts(Shape a, Shape b) {
        try {
            return Shape.broadcast(a, b).numel() <= 40_000;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A shape that broadcasts to the given one. */
    private Shape loosened(Shape s) {
        Shape out = s;
        for (int i = 0; i < s.rank(); i++) {
            out = g.chance(3) ? out.with(i, 1) : out;
        }
        while (out.rank() > 0 && g.chance(4)) {
            out = out.drop(0);
        }
        return out;
    }

    private Node binary() {
        Node a = g.pick(n -> true);
        Node b = partner(a);
        if (g.chance(8)) {
            return Nodes.binary(any(COMPARE), a, b);
        }
        if (a.dtype().isBool()) {
            return Nodes.binary(any(BOOL_BINARY), a, b);
        }
        if (a.dtype().isInt()) {
            Op op = any(INT_BINARY);
            return switch (op) {
                case DIV, FMOD -> Nodes.binary(op, a, Nodes.binary(Op.OR, b, Nodes.constant(b.dtype(), 1L)));
                case SHL, SHR, POW -> Nodes.binary(op, a, Nodes.binary(Op.AND, b, Nodes.constant(b.dtype(), 7L)));
                default -> Nodes.binary(op, a, b);
            };
        }
        Op op = any(FLOAT_BINARY);
        return switch (op) {
            case POW -> Nodes.binary(op, Nodes.add(Nodes.unary(Op.ABS, a), 0.25), bounded(b, 3));
            case DIV -> Nodes.binary(op, a, g.chance(4) ? b : Nodes.add(Nodes.unary(Op.ABS, b), 0.5));
            default -> g.chance(2) || op == Op.ADD ? Nodes.binary(op, a, b) : Nodes.binary(op, b, a);
        };
    }

    private Node where() {
        Node a = g.pick(n -> true);
        Node b = partner(a);
        Shape s = Shape.broadcast(a.shape(), b.shape());
        Node c = g.pick(n -> n.dtype().isBool() && broadcasts(n.shape(), s));
        return Nodes.where(c != null ? c : Nodes.binary(any(COMPARE), a, b), a, b);
    }

    private Node cast() {
        Node x = g.pick(n -> true);
        DType to = g.type();
        if (x.dtype().isFloat() && to.isInt()) {
            // What casts of NaN and of values out of range give is not the same everywhere.
            Node safe = Nodes.where(Nodes.binary(Op.EQ, x, x), x, Nodes.zeros(x));
            x = to == DType.U8 ? bounded(Nodes.unary(Op.ABS, safe), 200) : bounded(safe, 100);
        }
        return Nodes.cast(x, to);
    }

    // ---- views ----------------------------------------------------------------------------------------------------------

    private Node view() {
        Node x = g.pick(n -> n.shape().rank() > 0);
        if (x == null) {
            return null;
        }
        Shape s = x.shape();
        int r = s.rank();
        int axis = random.nextInt(r);
        return switch (random.nextInt(8)) {
            case 0 -> reshape(x);
            case 1, 2 -> {
                int[] axes = random.ints(0, 1 << 20).distinct().limit(r).toArray();
                int[] sorted = axes.clone();
                Arrays.sort(sorted);
                yield Nodes.permute(x, Arrays.stream(axes).map(a -> Arrays.binarySearch(sorted, a)).toArray());
            }
            case 3 -> Nodes.expand(Nodes.reshape(x, s.insert(axis, 1)), s.insert(axis, 1 + random.nextInt(4)));
            case 4, 5 -> slice(x);
            case 6 -> g.chance(2) ? pad(x) : concat(x, axis);
            default -> {
                if (s.dim(axis) == 0) {
                    yield null;
                }
                int size = 1 + random.nextInt(Math.min(4, s.dim(axis)));
                yield Nodes.unfold(x, axis, size, 1 + random.nextInt(3));
            }
        };
    }

    private Node reshape(Node x) {
        Shape s = x.shape();
        int axis = random.nextInt(s.rank());
        int n = s.dim(axis);
        for (int d = 2; d <= 8; d++) {
            if (n > d && n % d == 0 && g.chance(2)) {
                return Nodes.reshape(x, s.with(axis, n / d).insert(axis + 1, d));
            }
        }
        if (s.rank() > 1) {
            int a = random.nextInt(s.rank() - 1);
            return Nodes.reshape(x, s.with(a, s.dim(a) * s.dim(a + 1)).drop(a + 1));
        }
        return Nodes.reshape(x, s.insert(random.nextInt(2), 1));
    }

    private Node slice(Node x) {
        Shape s = x.shape();
        int r = s.rank();
        int[] start = new int[r];
        int[] size = s.dims();
        int[] step = new int[r];
        for (int i = 0; i < r; i++) {
            int n = s.dim(i);
            step[i] = 1;
            if (n == 0 || g.chance(2)) {
                continue;
            }
            step[i] = g.chance(3) ? -1 - random.nextInt(2) : 1 + random.nextInt(3);
            start[i] = random.nextInt(n);
            int most = step[i] > 0 ? (n - 1 - start[i]) / step[i] + 1 : start[i] / -step[i] + 1;
            size[i] = g.chance(40) ? 0 : 1 + random.nextInt(most);
        }
        return Nodes.slice(x, start, size, step);
    }

    private Node pad(Node x) {
        int r = x.shape().rank();
        int[] before = new int[r];
        int[] after = new int[r];
        Arrays.setAll(before, i -> g.chance(2) ? random.nextInt(3) : 0);
        Arrays.setAll(after, i -> g.chance(2) ? random.nextInt(3) : 0);
        return Nodes.pad(x, before, after, random.nextInt(3));
    }

    private Node concat(Node x, int axis) {
        Shape rest = x.shape().with(axis, 0);
        Node other = g.pick(n -> n.dtype() == x.dtype() && n.shape().rank() == rest.rank() && n.shape().with(axis, 0).equals(rest));
        return Nodes.concat(g.chance(3) ? List.of(x, other, x) : List.of(other, x), axis);
    }

    // ---- reductions -----------------------------------------------------------------------------------------------------

    private Node reduce() {
        Node x = g.pick(n -> n.shape().rank() > 0);
        if (x == null) {
            return null;
        }
        Shape s = x.shape();
        int axis = random.nextInt(s.rank());
        if (g.chance(6)) {
            return s.dim(axis) == 0 ? null : Nodes.argReduce(g.chance(2) ? Op.ARGMAX : Op.ARGMIN, x, axis);
        }
        Op op = any(REDUCE);
        if (op != Op.SUM && s.numel() == 0) {
            op = Op.SUM;
        }
        Node in = op == Op.PROD && x.dtype().isFloat() ? bounded(x, 1.25) : x;
        if (g.chance(4)) {
            return Nodes.reduce(op, in);
        }
        if (s.rank() > 1 && g.chance(3)) {
            return Nodes.reduce(op, in, axis, (axis + 1 + random.nextInt(s.rank() - 1)) % s.rank());
        }
        return Nodes.reduce(op, in, axis);
    }

    private Node scan() {
        Node x = g.pick(n -> n.shape().rank() > 0 && !n.dtype().isBool());
        if (x == null) {
            return null;
        }
        int axis = random.nextInt(x.shape().rank());
        if (g.chance(4)) {
            return Nodes.argsort(x, axis, g.chance(2));
        }
        Op op = any(SCAN);
        if (op == Op.CUMLOGSUMEXP && !x.dtype().isFloat()) {
            op = Op.CUMSUM;
        }
        return Nodes.scan(op, op == Op.CUMPROD && x.dtype().isFloat() ? bounded(x, 1.25) : x, axis, g.chance(2));
    }

    // ---- indexing -------------------------------------------------------------------------------------------------------

    private Node indexing() {
        Node x = g.pick(n -> n.shape().rank() > 0 && n.shape().numel() > 0 && !n.dtype().isBool());
        if (x == null) {
            return null;
        }
        Shape s = x.shape();
        int axis = random.nextInt(s.rank());
        int n = s.dim(axis);
        int count = 1 + random.nextInt(6);
        return switch (random.nextInt(5)) {
            case 0 -> Nodes.gather(x, g.index(smaller(s, axis, count), n), axis);
            case 1 -> Nodes.take(x, g.index(g.chance(2) ? Shape.of(count) : Shape.of(2, count), n), axis);
            case 2 -> Nodes.indexAdd(x, g.index(Shape.of(count), n), g.leaf(x.dtype(), s.with(axis, count)), axis);
            case 3 -> {
                Shape at = smaller(s, axis, Math.min(count, n));
                ScatterMode mode = any(ScatterMode.values());
                yield Nodes.scatter(x, g.index(at, n), g.leaf(x.dtype(), at), axis, mode);
            }
            default -> s.rank() < 2 ? null : Nodes.fold(x, axis % (s.rank() - 1), 1 + random.nextInt(2),
                    2 * s.dim(axis % (s.rank() - 1)) + s.dim(-1) + random.nextInt(2));
        };
    }

    private Shape smaller(Shape s, int axis, int count) {
        Shape out = s.with(axis, count);
        for (int i = 0; i < s.rank(); i++) {
            out = i != axis && g.chance(3) ? out.with(i, 1 + random.nextInt(s.dim(i))) : out;
        }
        return out;
    }

    // ---- contractions ---------------------------------------------------------------------------------------------------

    private Node contraction() {
        if (g.chance(3)) {
            return convolution();
        }
        if (g.chance(4)) {
            return pool();
        }
        Node a = g.pick(n -> !n.dtype().isBool() && n.shape().rank() >= 2);
        if (a == null) {
            return null;
        }
        Shape s = a.shape();
        int r = s.rank();
        int batch = 1;
        for (int i = 0; i < r - 2; i++) {
            batch *= s.dim(i);
        }
        Node x = Nodes.reshape(a, Shape.of(batch, s.dim(r - 2), s.dim(r - 1)));
        if (g.chance(3)) {
            return Nodes.matmul(x, Nodes.permute(x, 0, 2, 1));
        }
        Node y = g.leaf(a.dtype(), Shape.of(batch, s.dim(r - 1), COLUMNS[random.nextInt(COLUMNS.length)]));
        return g.chance(3) ? Nodes.matmul(Nodes.permute(Nodes.permute(x, 0, 2, 1), 0, 2, 1), y) : Nodes.matmul(x, y);
    }

    private Node image(int d) {
        int[] dims = new int[d + 2];
        Arrays.setAll(dims, i -> 3 + random.nextInt(6));
        dims[0] = 1 + random.nextInt(2);
        dims[1] = 2;
        Node x = g.pick(n -> n.dtype().isFloat() && n.shape().rank() == d + 2 && n.shape().dim(1) == 2
                && Arrays.stream(n.shape().dims()).skip(2).allMatch(e -> e >= 3));
        return x != null && !g.chance(3) ? x : g.leaf(g.floatType(), Shape.of(dims));
    }

    private static int[] filled(int d, int value) {
        int[] a = new int[d];
        Arrays.fill(a, value);
        return a;
    }

    private Node finite(DType dtype, Shape shape) {
        Node w = g.leaf(dtype, shape);
        return bounded(Nodes.where(Nodes.binary(Op.EQ, w, w), w, Nodes.zeros(w)), 4);
    }

    private Node convolution() {
        int d = 1 + random.nextInt(2);
        Node x = image(d);
        int groups = 1 + random.nextInt(2);
        int kernel = 1 + random.nextInt(3);
        var attr = new ConvAttr(filled(d, 1 + random.nextInt(2)), filled(d, random.nextInt(kernel)), filled(d, random.nextInt(kernel)), filled(d, 1), groups);
        int[] w = filled(d + 2, kernel);
        w[0] = 2 * groups;
        w[1] = 2 / groups;
        Shape weight = Shape.of(w);
        // Libraries fill up channels with zeros, which makes NaN of infinities in other groups.
        x = bounded(Nodes.where(Nodes.binary(Op.EQ, x, x), x, Nodes.zeros(x)), 100);
        Node y = Nodes.conv(x, finite(x.dtype(), weight), attr);
        return switch (random.nextInt(4)) {
            case 0 -> Nodes.convInputGrad(y, finite(x.dtype(), weight), x.shape(), attr);
            case 1 -> Nodes.convWeightGrad(x, y, weight, attr);
            default -> y;
        };
    }

    private Node pool() {
        int d = 1 + random.nextInt(2);
        Node x = image(d);
        int kernel = 2 + random.nextInt(2);
        var attr = new PoolAttr(filled(d, kernel), filled(d, 1 + random.nextInt(3)), filled(d, random.nextInt(2)), filled(d, random.nextInt(2)), filled(d, 1));
        return switch (random.nextInt(5)) {
            case 0 -> Nodes.pool(Op.POOL_MAX, x, attr);
            case 1 -> Nodes.pool(Op.POOL_ARGMAX, x, attr);
            case 2 -> Nodes.pool(Op.POOL_SUM, x, attr);
            case 3 -> Nodes.poolMaxGrad(x, Nodes.pool(Op.POOL_SUM, x, attr), attr);
            default -> Nodes.poolSumGrad(Nodes.pool(Op.POOL_MAX, x, attr), x.shape(), attr);
        };
    }

    // ---- well-known groups ----------------------------------------------------------------------------------------------

    private Node pattern() {
        Node x = g.pickFloat();
        if (x.shape().rank() == 0 || x.shape().numel() == 0) {
            return null;
        }
        int axis = g.chance(2) ? x.shape().rank() - 1 : random.nextInt(x.shape().rank());
        double n = x.shape().dim(axis);
        return switch (random.nextInt(6)) {
            case 0 -> {
                Node e = Nodes.unary(Op.EXP, Nodes.sub(x, Nodes.reduce(Op.REDUCE_MAX, x, axis)));
                yield Nodes.div(e, Nodes.sum(e, axis));
            }
            case 1 -> {
                Node shifted = Nodes.sub(x, Nodes.reduce(Op.REDUCE_MAX, x, axis));
                yield Nodes.sub(shifted, Nodes.unary(Op.LOG, Nodes.sum(Nodes.unary(Op.EXP, shifted), axis)));
            }
            case 2 -> {
                Node centred = Nodes.sub(x, Nodes.mul(Nodes.sum(x, axis), 1 / n));
                Node variance = Nodes.mul(Nodes.sum(Nodes.mul(centred, centred), axis), 1 / n);
                Node weight = g.leaf(x.dtype(), Shape.of(x.shape().dim(-1)));
                yield Nodes.mul(Nodes.mul(centred, Nodes.unary(Op.RSQRT, Nodes.add(variance, 1e-3))), weight);
            }
            case 3 -> Nodes.mul(Nodes.mul(x, 0.5), Nodes.add(Nodes.unary(Op.ERF, Nodes.mul(x, Math.sqrt(0.5))), 1));
            case 4 -> {
                Node at = g.index(x.shape().with(axis, 1), x.shape().dim(axis));
                yield Nodes.neg(Nodes.sum(Nodes.gather(x, at, axis)));
            }
            default -> {
                Node keep = Nodes.binary(Op.LT, g.randomBits(x.shape()), Nodes.constant(DType.I32, 1L << 30));
                yield Nodes.mul(Nodes.where(keep, x, Nodes.zeros(x)), 4.0 / 3);
            }
        };
    }
}
