package dev.levin.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Buffer;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.ScatterMode;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every op with a gradient rule against numeric gradients, first and second order; every op without one must not ask
 * for gradients. An op that is added without a line here fails {@link #everyOpIsInTheTable}.
 */
class OpGradientTest {
    private static final long SEED = 20_251;

    /** How a case builds its node: the op under test must be the root or an input of it. */
    private record Case(String name, List<Node> inputs, Function<List<Node>, Node> f, double tolerance, boolean twice) {
    }

    private final Random random = new Random(SEED);
    private final Map<Op, List<Case>> cases = new EnumMap<>(Op.class);
    private final Map<Op, UnaryOperator<Node>> constant = new EnumMap<>(Op.class);

    OpGradientTest() {
        unary();
        binary();
        views();
        reductions();
        indexing();
        contractions();
        linalg();
        custom();
        withoutGradient();
    }

    // ---- the table ------------------------------------------------------------------------------------------------------

    private void add(Op op, String name, List<Node> inputs, Function<List<Node>, Node> f) {
        add(op, name, inputs, f, 1e-6, true);
    }

    private void add(Op op, String name, List<Node> inputs, Function<List<Node>, Node> f, double tolerance, boolean twice) {
        cases.computeIfAbsent(op, o -> new ArrayList<>()).add(new Case(op + " " + name, inputs, f, tolerance, twice));
    }

    private Node x(double low, double high, int... dims) {
        return GradientCheck.leaf(random, low, high, dims);
    }

    /** Elements at least 0.1 apart, in random order, so that no difference crosses a tie. */
    private Node distinct(int... dims) {
        int n = (int) Shape.of(dims).numel();
        double[] v = new double[n];
        List<Integer> order = new ArrayList<>(IntStream.range(0, n).boxed().toList());
        Collections.shuffle(order, random);
        for (int i = 0; i < n; i++) {
            v[i] = (order.get(i) - n / 2) * 0.2 + 0.05 + 0.1 * random.nextDouble();
        }
        return GradientCheck.leaf(v, dims);
    }

    private static Node index(int[] dims, long... values) {
        return Nodes.input(new Buffer.Host(HostArray.wrap(DType.I64, values)), Shape.of(dims));
    }

    private static int[] of(int... values) {
        return values;
    }

    private void unary(Op op, double low, double high) {
        add(op, "[" + low + ", " + high + "]", List.of(x(low, high, 2, 3)), in -> Nodes.unary(op, in.getFirst()));
    }

    private void unary() {
        for (Op op : List.of(Op.NEG, Op.EXP, Op.EXPM1, Op.SIN, Op.COS, Op.ATAN, Op.SINH, Op.COSH, Op.TANH, Op.SIGMOID, Op.ERF, Op.ERFC)) {
            unary(op, -2, 2);
        }
        for (Op op : List.of(Op.ABS, Op.SIGN, Op.RECIP)) {
            unary(op, 0.4, 2);
            unary(op, -2, -0.4);
        }
        for (Op op : List.of(Op.LOG, Op.SQRT, Op.RSQRT)) {
            unary(op, 0.4, 3);
        }
        unary(Op.LOG1P, -0.5, 2);
        unary(Op.TAN, -1, 1);
        for (Op op : List.of(Op.ASIN, Op.ACOS, Op.ERFINV)) {
            unary(op, -0.7, 0.7);
        }
        unary(Op.LGAMMA, 0.6, 4);
        unary(Op.LGAMMA, -1.7, -1.3);
        for (int order = 0; order < 3; order++) {
            int n = order;
            add(Op.POLYGAMMA, "" + n, List.of(x(0.8, 4, 5)), in -> Nodes.unary(Op.POLYGAMMA, in.getFirst(), n));
        }
        for (Op op : List.of(Op.FLOOR, Op.CEIL, Op.TRUNC)) {
            unary(op, 1.1, 1.9);
            unary(op, -1.9, -1.1);
        }
        unary(Op.ROUND, 1.6, 2.4);
        // Differences in F32 would drown in rounding: the cast pair's gradient is checked with what F32 carries.
        add(Op.CAST, "to F32 and back", List.of(GradientCheck.leaf(new double[] {0.5, -0.25, 2}, 3)),
                in -> Nodes.cast(Nodes.mul(Nodes.cast(in.getFirst(), DType.F32), 4), DType.F64), 2e-2, true);
    }

    private void binary(Op op, Node a, Node b) {
        add(op, a.shape() + " " + b.shape(), List.of(a, b), in -> Nodes.binary(op, in.get(0), in.get(1)));
    }

    private void binary() {
        for (Op op : List.of(Op.ADD, Op.SUB, Op.MUL)) {
            binary(op, x(-2, 2, 2, 3), x(-2, 2, 2, 3));
            binary(op, x(-2, 2, 2, 1), x(-2, 2, 3));
        }
        binary(Op.DIV, x(-2, 2, 2, 3), x(0.5, 2, 3));
        binary(Op.DIV, x(-2, 2, 3), x(-2, -0.5, 3));
        binary(Op.POW, x(0.5, 2, 2, 3), x(-2, 2, 2, 3));
        // A negative base has no gradient by its exponent.
        add(Op.POW, "of a negative base", List.of(x(-2, -0.5, 4)), in -> Nodes.binary(Op.POW, in.getFirst(), Nodes.constant(DType.F64, 3.0)));
        for (double exponent : new double[] {0, 1, 2, 3}) {
            add(Op.POW, "of zero to " + exponent, List.of(GradientCheck.leaf(new double[] {0, 1.5}, 2)),
                    in -> Nodes.binary(Op.POW, in.getFirst(), Nodes.constant(DType.F64, exponent)));
        }
        for (Op op : List.of(Op.MAX, Op.MIN)) {
            Node both = distinct(2, 6);
            double[] v = (double[]) both.value().toHost().array();
            binary(op, GradientCheck.leaf(Arrays.copyOf(v, 6), 2, 3), GradientCheck.leaf(Arrays.copyOfRange(v, 6, 12), 2, 3));
        }
        add(Op.FMOD, "", List.of(GradientCheck.leaf(new double[] {5.3, -5.3, 0.7}, 3), GradientCheck.leaf(new double[] {2, 1.5, -3}, 3)),
                in -> Nodes.binary(Op.FMOD, in.get(0), in.get(1)));
        binary(Op.ATAN2, x(0.3, 2, 4), x(-2, 2, 4));
        binary(Op.ATAN2, x(-2, -0.3, 4), x(-2, 2, 4));
        add(Op.WHERE, "", List.of(x(-1, 1, 2, 3), x(-1, 1, 3)), in -> Nodes.where(
                Nodes.binary(Op.LT, Nodes.iota(3, DType.I64), Nodes.constant(DType.I64, 2L)), in.get(0), in.get(1)));
    }

    private void one(Op op, Node input, UnaryOperator<Node> f) {
        add(op, input.shape().toString(), List.of(input), in -> f.apply(in.getFirst()));
    }

    /** Linear ops have a second order only through what follows them. */
    private static Node square(Node n) {
        return Nodes.mul(n, n);
    }

    private void views() {
        one(Op.RESHAPE, x(-1, 1, 2, 3), v -> square(Nodes.reshape(v, Shape.of(3, 2))));
        one(Op.PERMUTE, x(-1, 1, 2, 3, 2), v -> square(Nodes.permute(v, 2, 0, 1)));
        one(Op.EXPAND, x(-1, 1, 2, 1, 2), v -> square(Nodes.expand(v, Shape.of(2, 3, 2))));
        one(Op.SLICE, x(-1, 1, 3, 5), v -> square(Nodes.slice(v, of(1, 4), of(2, 3), of(1, -2))));
        one(Op.SLICE, x(-1, 1, 7), v -> square(Nodes.slice(v, 0, 1, 2, 3)));
        one(Op.SLICE, x(-1, 1, 3), v -> square(Nodes.slice(v, 0, 1, 0, 1)));
        one(Op.PAD, x(-1, 1, 2, 3), v -> square(Nodes.pad(v, of(1, 0), of(0, 2), 0.7)));
        add(Op.CONCAT, "", List.of(x(-1, 1, 2, 3), x(-1, 1, 2, 1), x(-1, 1, 2, 0)), in -> square(Nodes.concat(in, 1)));
        one(Op.UNFOLD, x(-1, 1, 2, 6), v -> square(Nodes.unfold(v, 1, 3, 1)));
        one(Op.UNFOLD, x(-1, 1, 7, 2), v -> square(Nodes.unfold(v, 0, 2, 3)));
    }

    private void reductions() {
        for (int[] axes : List.of(of(0), of(1), of(0, 2), of(0, 1, 2))) {
            one(Op.SUM, x(-1, 1, 2, 3, 2), v -> square(Nodes.sum(v, axes)));
            one(Op.PROD, x(-2, 2, 2, 3, 2), v -> Nodes.reduce(Op.PROD, v, axes));
            one(Op.REDUCE_MAX, distinct(2, 3, 2), v -> square(Nodes.reduce(Op.REDUCE_MAX, v, axes)));
            one(Op.REDUCE_MIN, distinct(2, 3, 2), v -> square(Nodes.reduce(Op.REDUCE_MIN, v, axes)));
        }
        one(Op.PROD, GradientCheck.leaf(new double[] {0, 2, 3, 0, 0, 4, 5, 6, 7}, 3, 3), v -> Nodes.reduce(Op.PROD, v, 1));
        for (int reverse = 0; reverse < 2; reverse++) {
            boolean r = reverse == 1;
            for (int axis : of(0, 1)) {
                one(Op.CUMSUM, x(-1, 1, 3, 2), v -> square(Nodes.scan(Op.CUMSUM, v, axis, r)));
                one(Op.CUMPROD, x(0.5, 2, 3, 2), v -> Nodes.scan(Op.CUMPROD, v, axis, r));
                one(Op.CUMMAX, distinct(4, 3), v -> square(Nodes.scan(Op.CUMMAX, v, axis, r)));
                one(Op.CUMMIN, distinct(4, 3), v -> square(Nodes.scan(Op.CUMMIN, v, axis, r)));
                one(Op.CUMLOGSUMEXP, x(-2, 2, 3, 4), v -> Nodes.scan(Op.CUMLOGSUMEXP, v, axis, r));
            }
            one(Op.CUMPROD, GradientCheck.leaf(new double[] {2, 0, 3, 0, 1.5}, 5), v -> Nodes.scan(Op.CUMPROD, v, 0, r));
            // Cotangents of both signs.
            one(Op.CUMLOGSUMEXP, x(-2, 2, 5), v -> Nodes.unary(Op.SIN, Nodes.mul(Nodes.scan(Op.CUMLOGSUMEXP, v, 0, r), 3)));
        }
    }

    private void indexing() {
        Node at = index(of(2, 3), 0, 2, 1, 2, 2, 0);
        for (int axis : of(0, 1)) {
            one(Op.GATHER, x(-1, 1, 3, 4), v -> square(Nodes.gather(v, at, axis)));
            one(Op.TAKE, x(-1, 1, 3, 4), v -> square(Nodes.take(v, at, axis)));
        }
        add(Op.INDEX_ADD, "", List.of(x(-1, 1, 2, 4), x(-1, 1, 2, 3)),
                in -> square(Nodes.indexAdd(in.get(0), index(of(3), 1, 3, 1), in.get(1), 1)));
        add(Op.INDEX_ADD, "of many axes", List.of(x(-1, 1, 3, 2), x(-1, 1, 2, 3, 2)), in -> square(Nodes.indexAdd(in.get(0), at, in.get(1), 0)));
        for (int axis : of(0, 1)) {
            add(Op.SCATTER, "ADD " + axis, List.of(x(-1, 1, 3, 4), x(-1, 1, 3, 3)),
                    in -> square(Nodes.scatter(in.get(0), at, in.get(1), axis, ScatterMode.ADD)));
        }
        // Distinct targets: which of two clashing writes wins is an order, not a function of the values.
        Node once = index(of(2, 2), 0, 2, 1, 0);
        add(Op.SCATTER, "SET", List.of(x(-1, 1, 2, 3), x(-1, 1, 2, 3)), in -> square(Nodes.scatter(in.get(0), once, in.get(1), 1, ScatterMode.SET)));
        add(Op.SCATTER, "MUL", List.of(x(0.5, 2, 3, 4), x(0.5, 2, 2, 3)), in -> square(Nodes.scatter(in.get(0), at, in.get(1), 1, ScatterMode.MUL)));
        for (ScatterMode mode : List.of(ScatterMode.MAX, ScatterMode.MIN)) {
            double[] v = (double[]) distinct(18).value().toHost().array();
            add(Op.SCATTER, mode.name(), List.of(GradientCheck.leaf(Arrays.copyOf(v, 12), 3, 4),
                    GradientCheck.leaf(Arrays.copyOfRange(v, 12, 18), 2, 3)),
                    in -> square(Nodes.scatter(in.get(0), at, in.get(1), 1, mode)));
        }
        one(Op.FOLD, x(-1, 1, 2, 3, 4), v -> square(Nodes.fold(v, 1, 2, 9)));
        one(Op.FOLD, x(-1, 1, 2, 2, 2), v -> square(Nodes.fold(v, 0, 3, 6)));
    }

    private void contractions() {
        add(Op.MATMUL, "", List.of(x(-1, 1, 2, 2, 3), x(-1, 1, 2, 3, 2)), in -> Nodes.matmul(in.get(0), in.get(1)));
        for (var c : List.of(
                new ConvAttr(of(1), of(0), of(0), of(1), 1), new ConvAttr(of(2), of(1), of(2), of(2), 2),
                new ConvAttr(of(1, 2), of(1, 0), of(1, 0), of(1, 1), 1), new ConvAttr(of(1, 1, 2), of(0, 1, 0), of(0, 1, 0), of(1, 1, 1), 1))) {
            int d = c.spatialRank();
            int[] xs = new int[d + 2];
            int[] ws = new int[d + 2];
            Arrays.fill(xs, d == 1 ? 7 : d == 2 ? 4 : 3);
            Arrays.fill(ws, 2);
            xs[0] = d == 3 ? 1 : 2;
            xs[1] = 2 * c.groups();
            ws[0] = 2;
            Shape x = Shape.of(xs);
            Shape w = Shape.of(ws);
            Shape y = Nodes.conv(x(0, 1, xs), x(0, 1, ws), c).shape();
            add(Op.CONV, c.toString(), List.of(x(-1, 1, xs), x(-1, 1, ws)), in -> Nodes.conv(in.get(0), in.get(1), c));
            add(Op.CONV_DGRAD, c.toString(), List.of(x(-1, 1, y.dims()), x(-1, 1, ws)), in -> Nodes.convInputGrad(in.get(0), in.get(1), x, c));
            add(Op.CONV_WGRAD, c.toString(), List.of(x(-1, 1, xs), x(-1, 1, y.dims())), in -> Nodes.convWeightGrad(in.get(0), in.get(1), w, c));
        }
        for (var p : List.of(new PoolAttr(of(3), of(2), of(1), of(1), of(1)), new PoolAttr(of(2, 2), of(1, 2), of(0, 1), of(1, 0), of(2, 1)),
                new PoolAttr(of(2, 1, 2), of(2, 1, 1), of(0, 0, 0), of(0, 0, 0), of(1, 1, 1)))) {
            int d = p.spatialRank();
            int[] xs = new int[d + 2];
            Arrays.fill(xs, d == 1 ? 7 : d == 2 ? 4 : 3);
            xs[0] = 1;
            xs[1] = 2;
            Shape y = Nodes.pool(Op.POOL_SUM, x(0, 1, xs), p).shape();
            one(Op.POOL_MAX, distinct(xs), v -> square(Nodes.pool(Op.POOL_MAX, v, p)));
            one(Op.POOL_SUM, x(-1, 1, xs), v -> square(Nodes.pool(Op.POOL_SUM, v, p)));
            one(Op.POOL_SUM_GRAD, x(-1, 1, y.dims()), v -> square(Nodes.poolSumGrad(v, Shape.of(xs), p)));
            Node chosen = Nodes.detach(distinct(xs));
            one(Op.POOL_MAX_GRAD, x(-1, 1, y.dims()), v -> square(Nodes.poolMaxGrad(chosen, v, p)));
        }
    }

    private void linalg(LinalgFunction f, int output, Node in, Shape shape, UnaryOperator<Node> before, UnaryOperator<Node> after) {
        add(Op.LINALG, f + " " + output + " " + in.shape(), List.of(in),
                v -> after.apply(Nodes.linalg(f, output, shape, before.apply(v.getFirst()))), 1e-5, true);
    }

    private static Node mm(Node a, Node b) {
        return Nodes.reshape(Nodes.matmul(Nodes.reshape(a, a.shape().insert(0, 1)), Nodes.reshape(b, b.shape().insert(0, 1))),
                Shape.of(a.shape().dim(0), b.shape().dim(1)));
    }

    private static Node t(Node m) {
        return Nodes.transpose(m, 0, 1);
    }

    private void linalg() {
        UnaryOperator<Node> same = v -> v;
        // Well-conditioned, with well-separated eigen- and singular values.
        double[] m = {3, 0.4, -0.3, 0.2, 1.7, 0.5, -0.6, 0.3, 0.8};
        Node square = GradientCheck.leaf(m, 3, 3);
        linalg(LinalgFunction.INVERSE, 0, square, square.shape(), same, same);
        linalg(LinalgFunction.INVERSE, 0, GradientCheck.leaf(new double[] {2, 1, 0.5, 3, 1, 0, 0.4, -2}, 2, 2, 2), Shape.of(2, 2, 2), same, same);
        linalg(LinalgFunction.DET, 0, square, Shape.scalar(), same, same);
        UnaryOperator<Node> spd = v -> mm(v, t(v));
        linalg(LinalgFunction.CHOLESKY, 0, square, square.shape(), spd, same);
        UnaryOperator<Node> symmetric = v -> Nodes.mul(Nodes.add(v, t(v)), 0.5);
        linalg(LinalgFunction.EIGH, 0, square, Shape.of(3), symmetric, same);
        // The signs of vectors are free, so only functions that do not depend on them have a gradient.
        linalg(LinalgFunction.EIGH, 1, square, square.shape(), symmetric, OpGradientTest::square);
        for (int[] mn : List.of(of(3, 3), of(4, 2), of(2, 4))) {
            int k = Math.min(mn[0], mn[1]);
            double[] v = new double[mn[0] * mn[1]];
            for (int i = 0; i < v.length; i++) {
                v[i] = (i / mn[1] == i % mn[1] ? 3 - i / mn[1] : 0) + 0.3 * Math.sin(3 * i + 1);
            }
            Node a = GradientCheck.leaf(v, mn);
            linalg(LinalgFunction.SVD, 0, a, Shape.of(mn[0], k), same, OpGradientTest::square);
            linalg(LinalgFunction.SVD, 1, a, Shape.of(k), same, same);
            linalg(LinalgFunction.SVD, 2, a, Shape.of(k, mn[1]), same, OpGradientTest::square);
            if (mn[0] >= mn[1]) {
                linalg(LinalgFunction.QR, 0, a, Shape.of(mn[0], k), same, same);
                linalg(LinalgFunction.QR, 1, a, Shape.of(k, mn[1]), same, same);
            }
        }
    }

    private void custom() {
        add(Op.CUSTOM, "", List.of(x(-1, 1, 3), x(-1, 1, 3)), in -> Nodes.custom(Nodes.mul(Nodes.unary(Op.SIN, in.get(0)), in.get(1)),
                (out, v, g) -> new Node[] {Nodes.mul(g, Nodes.mul(Nodes.unary(Op.COS, v[0]), v[1])), Nodes.mul(g, Nodes.unary(Op.SIN, v[0]))},
                in.get(0), in.get(1)));
    }

    private void withoutGradient() {
        constant.put(Op.IOTA, v -> Nodes.iota(3, DType.F64));
        constant.put(Op.CONST, v -> Nodes.constant(DType.F64, 2.0));
        constant.put(Op.SCALAR, v -> Nodes.scalar(new ScalarArg("lr", 1), DType.F64));
        constant.put(Op.VARIABLE, v -> new Trace("t", true).read(new Variable("v", Variable.Kind.BUFFER, DType.F64, Shape.of(2), Device.CPU)));
        constant.put(Op.INPUT, v -> Nodes.input(v.value(), v.shape()));
        for (Op op : List.of(Op.EQ, Op.LT, Op.LE)) {
            constant.put(op, v -> Nodes.binary(op, v, v));
        }
        constant.put(Op.NOT, v -> Nodes.unary(Op.NOT, Nodes.cast(v, DType.I64)));
        for (Op op : List.of(Op.AND, Op.OR, Op.XOR, Op.SHL, Op.SHR)) {
            constant.put(op, v -> Nodes.binary(op, Nodes.cast(v, DType.I32), Nodes.cast(v, DType.I32)));
        }
        constant.put(Op.ARGMAX, v -> Nodes.argReduce(Op.ARGMAX, v, 0));
        constant.put(Op.ARGMIN, v -> Nodes.argReduce(Op.ARGMIN, v, 0));
        constant.put(Op.CUMARGMAX, v -> Nodes.scan(Op.CUMARGMAX, v, 0, false));
        constant.put(Op.CUMARGMIN, v -> Nodes.scan(Op.CUMARGMIN, v, 0, false));
        constant.put(Op.ARGSORT, v -> Nodes.argsort(v, 0, false));
        constant.put(Op.POOL_ARGMAX, v -> Nodes.pool(Op.POOL_ARGMAX, Nodes.reshape(v, Shape.of(1, 1, 4)),
                new PoolAttr(of(2), of(2), of(0), of(0), of(1))));
        constant.put(Op.RANDOM_BITS, v -> Nodes.randomBits(index(of(2), 1, 2), 0, Shape.of(4)));
        constant.put(Op.DETACH, Nodes::detach);
    }

    // ---- the tests ------------------------------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> firstOrder() {
        return cases.values().stream().flatMap(List::stream).map(c -> DynamicTest.dynamicTest(c.name + " (seed " + SEED + ")",
                () -> GradientCheck.first(c.inputs, c.f, c.tolerance)));
    }

    @TestFactory
    Stream<DynamicTest> secondOrder() {
        return cases.values().stream().flatMap(List::stream).filter(Case::twice).map(c -> DynamicTest.dynamicTest(
                c.name + " (seed " + SEED + ")", () -> GradientCheck.second(c.inputs, c.f, 10 * c.tolerance)));
    }

    @TestFactory
    Stream<DynamicTest> opsWithoutARuleAskForNoGradient() {
        return constant.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey().name(), () -> {
            Node n = e.getValue().apply(GradientCheck.leaf(new double[] {1, 2, 3, 4}, 4));
            assertEquals(e.getKey(), n.op());
            assertFalse(n.requiresGrad());
        }));
    }

    @Test
    void everyOpIsInTheTable() {
        Set<Op> missing = EnumSet.allOf(Op.class);
        missing.removeIf(op -> GradientRules.hasRule(op) ? cases.containsKey(op) : constant.containsKey(op));
        assertEquals(EnumSet.noneOf(Op.class), missing, "ops without a line in OpGradientTest");
    }

    @Test
    void everyCaseUsesItsOp() {
        cases.forEach((op, list) -> list.forEach(c -> assertTrue(reaches(c.f.apply(c.inputs), op), c.name)));
    }

    private static boolean reaches(Node n, Op op) {
        return n.op() == op || Stream.of(n.inputs()).anyMatch(in -> reaches(in, op));
    }

    @Test
    void theCheckSeesAWrongGradient() {
        Node in = GradientCheck.leaf(new double[] {0.3, 0.4}, 2);
        Function<List<Node>, Node> wrong = v -> Nodes.custom(Nodes.unary(Op.SIN, v.getFirst()),
                (out, ins, g) -> new Node[] {Nodes.mul(g, 1.001)}, v.getFirst());
        assertThrows(AssertionError.class, () -> GradientCheck.first(List.of(in), wrong, 1e-6));
    }
}
