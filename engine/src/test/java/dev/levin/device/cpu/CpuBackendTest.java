package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.ScatterMode;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuBackendTest {
    private final Agreement a = new Agreement(7);

    @ParameterizedTest
    @EnumSource(value = Op.class)
    void everyScalarFunctionAgrees(Op op) {
        if (op.kind() != Op.Kind.UNARY || op == Op.CAST || op == Op.NOT) {
            return;
        }
        Node x = a.input(DType.F32, 7, 33);
        Node safe = switch (op) {
            case LOG, SQRT, RSQRT, LOG1P, LGAMMA, POLYGAMMA, RECIP -> Nodes.add(Nodes.unary(Op.ABS, x), 0.5);
            case ASIN, ACOS, ERFINV -> Nodes.mul(x, 0.45);
            default -> x;
        };
        a.keep(op == Op.POLYGAMMA ? Nodes.unary(op, safe, 0) : Nodes.unary(op, safe)).check();
    }

    @ParameterizedTest
    @EnumSource(value = Op.class)
    void everyBinaryFunctionAgrees(Op op) {
        if (op.kind() != Op.Kind.BINARY && op.kind() != Op.Kind.COMPARE) {
            return;
        }
        boolean bits = op == Op.AND || op == Op.OR || op == Op.XOR || op == Op.SHL || op == Op.SHR;
        Node x = a.input(bits ? DType.I32 : DType.F32, 5, 17);
        Node y = a.input(bits ? DType.I32 : DType.F32, 17);
        x = op == Op.POW ? Nodes.unary(Op.ABS, x) : x;
        y = op == Op.SHL || op == Op.SHR ? Nodes.binary(Op.AND, y, Nodes.constant(DType.I32, 7L)) : y;
        a.keep(Nodes.binary(op, x, y)).check();
    }

    @ParameterizedTest
    @EnumSource(value = DType.class)
    void castsAgree(DType to) {
        Node x = a.input(DType.F32, 3, 5);
        Node i = a.input(DType.I32, 3, 5);
        a.keep(Nodes.cast(to == DType.U8 ? Nodes.unary(Op.ABS, x) : x, to), Nodes.cast(i, to), Nodes.cast(Nodes.cast(i, to), DType.F32)).check();
    }

    @Test
    void viewsAgree() {
        Node x = a.input(DType.F32, 4, 6, 5);
        Node p = Nodes.permute(x, 2, 0, 1);
        a.keep(p, Nodes.neg(Nodes.reshape(p, Shape.of(20, 6))), Nodes.reshape(Nodes.permute(x, 1, 0, 2), Shape.of(8, 15)),
                Nodes.slice(x, 1, 4, 3, -2), Nodes.pad(x, new int[] {1, 0, 2}, new int[] {0, 3, 1}, 1.5),
                Nodes.neg(Nodes.pad(Nodes.mul(x, 2), new int[] {1, 0, 2}, new int[] {0, 3, 1}, 0)),
                Nodes.concat(List.of(x, Nodes.neg(x), Nodes.slice(x, 1, 0, 2, 1)), 1), Nodes.flip(x, 0),
                Nodes.add(Nodes.unfold(x, 1, 3, 2), 1), Nodes.expand(Nodes.slice(x, 1, 2, 1, 1), Shape.of(4, 9, 5))).check();
    }

    @Test
    void manyPartsAgree() {
        for (DType t : new DType[] {DType.F32, DType.BF16, DType.I64, DType.BOOL}) {
            Node x = a.input(t, 3, 4, 5);
            for (int axis = 0; axis < 3; axis++) {
                List<Node> parts = new ArrayList<>();
                for (int p = 0; p < 11; p++) {
                    Node sliced = Nodes.slice(x, axis, p % 2, 1 + p % 2, 1);
                    parts.add(switch (p % 4) {
                        case 0 -> x;
                        case 1 -> Nodes.flip(sliced, 1);
                        case 2 -> Nodes.add(sliced, sliced);
                        default -> Nodes.full(t, sliced.shape(), 1);
                    });
                }
                Node all = Nodes.concat(parts, axis);
                a.keep(all, Nodes.reduce(Op.REDUCE_MAX, all, axis), Nodes.slice(all, axis, 3, 6, 1));
            }
        }
        List<Node> large = new ArrayList<>();
        for (int p = 0; p < 12; p++) {
            large.add(Nodes.mul(a.input(DType.F32, 40, 70 + p, 9), p));
        }
        a.keep(Nodes.concat(large, 1)).check();
    }

    @Test
    void sumsOverImagesOfConvolutionsAgree() {
        ConvAttr attr = new ConvAttr(new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, 1);
        Node image = a.input(DType.F32, 2, 3, 6, 5);
        Node y = Nodes.conv(image, a.input(DType.F32, 4, 3, 3, 3), attr);
        Node z = Nodes.conv(image, a.input(DType.F32, 4, 3, 3, 3), attr);
        Node scale = Nodes.expand(Nodes.reshape(a.input(DType.F32, 4), Shape.of(1, 4, 1, 1)), y.shape());
        Node product = Nodes.mul(Nodes.mul(y, z), scale);
        a.keep(Nodes.sum(product, 0, 2, 3), Nodes.reduce(Op.REDUCE_MAX, Nodes.mul(y, scale), 1), Nodes.sum(Nodes.sub(y, z), 3),
                Nodes.conv(Nodes.add(y, z), a.input(DType.F32, 2, 4, 1, 1),
                        new ConvAttr(new int[] {1, 1}, new int[] {0, 0}, new int[] {0, 0}, new int[] {1, 1}, 1))).check();
    }

    @Test
    void sumsOfProductsAgree() {
        Node weight = null;
        Node bias = null;
        for (int t = 0; t < 6; t++) {
            Node g = Nodes.unary(Op.TANH, a.input(DType.F32, 7, 12));
            Node h = Nodes.slice(a.input(DType.F32, 3, 7, 10), 0, t % 3, 1, 1);
            Node turned = Nodes.permute(Nodes.reshape(g, Shape.of(1, 7, 12)), 0, 2, 1);
            Node w = Nodes.reshape(Nodes.matmul(turned, h), Shape.of(12, 10));
            Node b = Nodes.sum(g, 0);
            weight = weight == null ? w : t % 2 == 0 ? Nodes.add(weight, w) : Nodes.add(w, weight);
            bias = bias == null ? b : Nodes.add(bias, b);
        }
        Node plain = a.input(DType.F32, 12, 10);
        for (int t = 0; t < 5; t++) {
            plain = Nodes.add(plain, Nodes.reshape(Nodes.matmul(a.input(DType.F32, 1, 12, 3 + t), a.input(DType.F32, 1, 3 + t, 10)),
                    Shape.of(12, 10)));
        }
        a.keep(weight, bias, plain, Nodes.add(plain, 1)).check();
    }

    @Test
    void incompatibleReshapesAreStored() {
        Node x = a.input(DType.F32, 4, 6);
        Node y = Nodes.permute(Nodes.reshape(Nodes.permute(x, 1, 0), Shape.of(3, 8)), 1, 0);
        a.keep(Nodes.add(Nodes.reshape(y, Shape.of(6, 4)), Nodes.permute(x, 1, 0)),
                Nodes.sum(Nodes.mul(Nodes.reshape(y, Shape.of(4, 6)), x), 1)).check();
    }

    @Test
    void reductionsAgree() {
        Node x = a.input(DType.F32, 6, 7, 8);
        for (int[] axes : new int[][] {{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}}) {
            for (Op op : new Op[] {Op.SUM, Op.REDUCE_MAX, Op.REDUCE_MIN, Op.PROD}) {
                a.keep(Nodes.mul(Nodes.reduce(op, Nodes.unary(Op.TANH, x), axes), 2));
            }
        }
        a.keep(Nodes.argReduce(Op.ARGMAX, x, 1), Nodes.argReduce(Op.ARGMIN, x, 2), Nodes.sum(a.input(DType.I32, 4, 5), 0),
                Nodes.sum(a.input(DType.BF16, 4, 50), 1), Nodes.reduce(Op.REDUCE_MAX, a.input(DType.BOOL, 4, 5), 1)).check();
    }

    @Test
    void softmaxAndItsGradientAgree() {
        Node x = a.input(DType.F32, 9, 40);
        Node g = a.input(DType.F32, 9, 40);
        Node e = Nodes.unary(Op.EXP, Nodes.sub(x, Nodes.reduce(Op.REDUCE_MAX, x, 1)));
        Node y = Nodes.div(e, Nodes.sum(e, 1));
        Node dx = Nodes.mul(y, Nodes.sub(g, Nodes.sum(Nodes.mul(g, y), 1)));
        a.keep(y, dx).check();
    }

    @Test
    void productsSeeThroughViews() {
        Node x = a.input(DType.F32, 2, 12, 24);
        Node heads = Nodes.reshape(Nodes.permute(Nodes.reshape(x, Shape.of(2, 12, 3, 8)), 0, 2, 1, 3), Shape.of(6, 12, 8));
        Node w = a.input(DType.F32, 5, 8);
        Node wt = Nodes.broadcast(Nodes.permute(w, 1, 0), Shape.of(6, 8, 5));
        a.keep(Nodes.matmul(heads, Nodes.permute(heads, 0, 2, 1)), Nodes.matmul(heads, wt),
                Nodes.matmul(Nodes.mul(heads, 2), wt), Nodes.matmul(a.input(DType.F64, 2, 3, 4), a.input(DType.F64, 2, 4, 5)),
                Nodes.matmul(a.input(DType.I64, 2, 3, 4), a.input(DType.I64, 2, 4, 5))).check();
    }

    @Test
    void epiloguesAgree() {
        Node x = a.input(DType.F32, 1, 6, 10);
        Node w = a.input(DType.F32, 1, 10, 7);
        Node bias = a.input(DType.F32, 7);
        Node y = Nodes.add(Nodes.reshape(Nodes.matmul(x, w), Shape.of(6, 7)), bias);
        Node r = Nodes.binary(Op.MAX, y, Nodes.constant(DType.F32, 0L));
        Node image = a.input(DType.F32, 2, 3, 9, 9);
        Node k = a.input(DType.F32, 4, 3, 3, 3);
        ConvAttr attr = new ConvAttr(new int[] {2, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, 1);
        Node c = Nodes.conv(image, k, attr);
        Node cb = Nodes.binary(Op.MAX, Nodes.add(c, Nodes.reshape(a.input(DType.F32, 4), Shape.of(1, 4, 1, 1))), Nodes.constant(DType.F32, 0L));
        a.keep(r, Nodes.binary(Op.LT, Nodes.constant(DType.F32, 0L), r), cb).check();
    }

    @Test
    void convolutionsAndPoolsAgree() {
        Node x = a.input(DType.F32, 2, 4, 8, 8);
        Node w = a.input(DType.F32, 6, 2, 3, 3);
        ConvAttr attr = new ConvAttr(new int[] {1, 2}, new int[] {1, 0}, new int[] {1, 1}, new int[] {1, 2}, 2);
        Node y = Nodes.conv(x, w, attr);
        Node g = Nodes.mul(y, 0.5);
        PoolAttr pool = new PoolAttr(new int[] {2, 3}, new int[] {2, 2}, new int[] {0, 1}, new int[] {0, 1}, new int[] {1, 1});
        Node p = Nodes.pool(Op.POOL_MAX, x, pool);
        a.keep(y, Nodes.convInputGrad(g, w, x.shape(), attr), Nodes.convWeightGrad(x, g, w.shape(), attr), p,
                Nodes.poolMaxGrad(x, p, pool), Nodes.pool(Op.POOL_SUM, x, pool), Nodes.pool(Op.POOL_ARGMAX, x, pool),
                Nodes.poolSumGrad(p, x.shape(), pool)).check();
    }

    @Test
    void convolutionsOfManyImagesAgree() {
        Node x = a.input(DType.F32, 8, 16, 6, 5);
        ConvAttr attr = new ConvAttr(new int[] {1, 2}, new int[] {1, 1}, new int[] {1, 0}, new int[] {1, 1}, 1);
        ConvAttr one = new ConvAttr(new int[] {1, 1}, new int[] {0, 0}, new int[] {0, 0}, new int[] {1, 1}, 1);
        Node w = a.input(DType.F32, 32, 16, 3, 3);
        Node v = a.input(DType.F32, 16, 32, 1, 1);
        Node bias = Nodes.reshape(a.input(DType.F32, 32), Shape.of(1, 32, 1, 1));
        Node y = Nodes.binary(Op.MAX, Nodes.add(Nodes.conv(x, w, attr), bias), Nodes.constant(DType.F32, 0L));
        Node z = Nodes.conv(y, v, one);
        Node g = Nodes.mul(z, 0.5);
        Node gy = Nodes.convInputGrad(g, v, y.shape(), one);
        a.keep(z, Nodes.convWeightGrad(y, g, v.shape(), one), Nodes.convWeightGrad(x, gy, w.shape(), attr),
                Nodes.convInputGrad(gy, w, x.shape(), attr)).check();
    }

    @Test
    void indexingAgrees() {
        Node x = a.input(DType.F32, 10, 6);
        Node i = a.indices(10, 3, 5);
        Node rows = a.indices(6, 10, 1);
        Node picked = Nodes.gather(Nodes.unary(Op.EXP, x), rows, 1);
        Node zeros = Nodes.full(DType.F32, x.shape(), 0);
        a.keep(Nodes.take(x, i, 0), Nodes.take(x, a.indices(6, 4), 1), picked, Nodes.scatter(zeros, rows, picked, 1, ScatterMode.ADD),
                Nodes.indexAdd(x, i, a.input(DType.F32, 3, 5, 6), 0), Nodes.scatter(x, rows, picked, 1, ScatterMode.SET),
                Nodes.argsort(x, 1, true), Nodes.scan(Op.CUMSUM, x, 0, true), Nodes.scan(Op.CUMMAX, x, 1, false)).check();
    }

    @Test
    void randomBitsAreTheReferences() {
        Node key = a.indices(1000, 2);
        Node bits = Nodes.randomBits(key, 3, Shape.of(4, 9));
        Node u = Nodes.mul(Nodes.cast(Nodes.binary(Op.AND, Nodes.binary(Op.SHR, bits, Nodes.constant(DType.I32, 8L)),
                Nodes.constant(DType.I32, (1L << 24) - 1)), DType.F32), 0x1p-24);
        Node mask = Nodes.binary(Op.LT, u, Nodes.full(DType.F32, u.shape(), 0.5));
        Node x = a.input(DType.F32, 4, 9);
        a.keep(bits, u, Nodes.where(mask, x, Nodes.zeros(x)), Nodes.where(Nodes.permute(mask, 1, 0), Nodes.permute(x, 1, 0),
                Nodes.zeros(Nodes.permute(x, 1, 0)))).check();
    }

    @Test
    void oldValuesAreReadBeforeTheyAreOverwritten() {
        Variable p = a.variable("p", 4, 5);
        Variable q = a.variable("q", 4, 5);
        Variable s = a.variable("s", 5, 5);
        Node np = Nodes.sub(Context.read(p), Nodes.mul(Context.read(q), 0.1));
        Node nq = Nodes.add(Context.read(q), Nodes.mul(Context.read(p), 0.5));
        a.assign(p, np).assign(q, nq).assign(s, Nodes.permute(Nodes.mul(Context.read(s), 2), 1, 0));
        a.keep(Nodes.sum(Context.read(p), 0), Nodes.mul(np, 3), Context.read(q), Nodes.permute(Context.read(s), 1, 0)).check();
    }

    @Test
    void variablesCanBeSwappedAndCopied() {
        Variable p = a.variable("p", 6);
        Variable q = a.variable("q", 6);
        Variable r = a.variable("r", 6);
        Node x = a.input(DType.F32, 6);
        a.assign(p, Context.read(q)).assign(q, Context.read(p)).assign(r, x).keep(Context.read(p), Context.read(r), x).check();
    }

    @Test
    void oneValueCanBeStoredInSeveralVariables() {
        Variable p = a.variable("p", 6);
        Variable q = a.variable("q", 6);
        Node v = Nodes.add(Context.read(p), Context.read(q));
        a.assign(p, v).assign(q, v).keep(v, Nodes.reshape(v, Shape.of(2, 3))).check();
    }

    @Test
    void hostNumbersAreReadAtEachRun() {
        ScalarArg lr = new ScalarArg("lr", 0.1);
        ScalarArg step = new ScalarArg("step", 3);
        Node x = a.input(DType.F32, 5);
        Node power = Nodes.binary(Op.POW, Nodes.constant(DType.F32, 0.9), Nodes.scalar(step, DType.F32));
        Node scale = Nodes.div(Nodes.scalar(lr, DType.F32), Nodes.sub(Nodes.constant(DType.F32, 1.0), power));
        a.keep(Nodes.mul(x, scale), scale).check();
        Canonicalizer.Result r = Canonicalizer.canonicalize(a.outputs, a.assigns);
        var e = Agreement.FUSED.compile(r.program());
        Object[] leaves = Agreement.leaves(r);
        float before = (float) e.run(leaves)[1].toHost().getDouble(0);
        lr.set(0.2);
        float after = (float) e.run(leaves)[1].toHost().getDouble(0);
        assertTrue(Math.abs(after - 2 * before) < 1e-6, before + " then " + after);
    }

    @Test
    void emptyAndScalarValuesAgree() {
        Node e = Nodes.input(new Buffer.Host(HostArray.allocate(DType.F32, 0)), Shape.of(0, 4));
        Node s = a.input(DType.F32);
        a.keep(Nodes.neg(e), Nodes.sum(e, 0), Nodes.mul(s, s), Nodes.broadcast(s, Shape.of(3, 2)), Nodes.iota(5, DType.F32),
                Nodes.full(DType.I64, Shape.of(2, 3), 7), Nodes.sum(Nodes.broadcast(s, Shape.of(3, 2)), 0, 1),
                Nodes.matmul(Nodes.full(DType.F32, Shape.of(1, 2, 0), 0), Nodes.full(DType.F32, Shape.of(1, 0, 3), 0))).check();
    }

    @Test
    void allDtypesOfOneExpressionAgree() {
        for (DType t : new DType[] {DType.F64, DType.F32, DType.F16, DType.BF16, DType.I64, DType.I32, DType.I16, DType.I8, DType.U8}) {
            Node x = a.input(t, 6, 11);
            a.keep(Nodes.add(Nodes.mul(x, x), x), Nodes.reduce(Op.REDUCE_MAX, x, 0), Nodes.binary(Op.LT, x, Nodes.flip(x, 1)));
        }
        a.check();
    }

    @Test
    void anIndexOutOfRangeNamesTheOp() {
        Node x = a.input(DType.F32, 4, 3);
        HostArray h = HostArray.allocate(DType.I64, 2);
        h.setLong(0, 9);
        a.keep(Nodes.take(x, Nodes.input(new Buffer.Host(h), Shape.of(2)), 0));
        Canonicalizer.Result r = Canonicalizer.canonicalize(a.outputs, a.assigns);
        var e = Agreement.FUSED.compile(r.program());
        var error = assertThrows(IndexOutOfBoundsException.class, () -> e.run(Agreement.leaves(r))[0].toHost());
        assertTrue(error.getMessage().contains("9") && error.getMessage().contains("TAKE"), error.getMessage());
    }

    private static final class Context {
        static Node read(Variable v) {
            return dev.levin.graph.Context.current().trace().read(v);
        }
    }
}
