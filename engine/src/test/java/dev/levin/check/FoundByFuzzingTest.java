package dev.levin.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.Backends;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.reference.ReferenceBackend;
import dev.levin.reference.Run;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Small programs that the CPU once got wrong. The device must give the interpreter's numbers. */
class FoundByFuzzingTest {
    private static void same(Node n) {
        var r = Canonicalizer.canonicalize(List.of(n), Map.of());
        assertArrayEquals(doubles(new ReferenceBackend(), r), doubles(Backends.get(Device.CPU), r), 1e-6);
    }

    private static double[] doubles(Backend backend, Canonicalizer.Result r) {
        HostArray h = backend.compile(r.program()).run(Run.leaves(r))[0].toHost();
        return IntStream.range(0, h.length()).mapToDouble(h::getDouble).toArray();
    }

    private static Node ramp(DType dtype, int... dims) {
        return Run.leaf(dtype, dims, IntStream.range(0, (int) Shape.of(dims).numel()).mapToDouble(i -> i % 7 - 3 + 0.5 * (i % 3)).toArray());
    }

    @Test
    void theFirstOfOneElementIsElementZero() {
        same(Nodes.argReduce(Op.ARGMIN, ramp(DType.F32, 1, 5), 0));
        same(Nodes.argReduce(Op.ARGMAX, ramp(DType.F32, 1, 1), 1));
    }

    @Test
    void countedValuesCanBePickedFrom() {
        same(Nodes.gather(Nodes.iota(9, DType.F32), Run.i64(1, 7), 0));
        Node rows = Nodes.cast(Nodes.broadcast(Nodes.iota(7, DType.I32), Shape.of(3, 7)), DType.F32);
        same(Nodes.gather(rows, Nodes.reshape(Run.i64(6, 5, 3), Shape.of(3, 1)), 1));
    }

    @Test
    void repeatedCountsCanBeFlattenedAndPadded() {
        Node rows = Nodes.broadcast(Nodes.iota(7, DType.F32), Shape.of(16, 7));
        same(Nodes.pad(Nodes.reshape(rows, Shape.of(112)), new int[] {2}, new int[] {0}, 0));
    }

    @Test
    void randomMasksCanBePadded() {
        Node mask = Nodes.binary(Op.LT, Nodes.randomBits(Run.i64(7, 8), 0, Shape.of(3)), Nodes.constant(DType.I32, 0L));
        same(Nodes.pad(Nodes.where(mask, ramp(DType.F32, 3), Nodes.constant(DType.F32, 9.0)), new int[] {1}, new int[] {2}, 0));
    }

    @Test
    void aProductCanBeAddedToItself() {
        Node y = Nodes.matmul(ramp(DType.F32, 1, 2, 3), ramp(DType.F32, 1, 3, 8));
        same(Nodes.add(y, y));
    }

    /** Found by training two networks on each other: each product took the other for its bias. */
    @Test
    void twoProductsOfOneRowAddUp() {
        Node left = Nodes.matmul(ramp(DType.F32, 1, 1, 64), ramp(DType.F32, 1, 64, 32));
        Node right = Nodes.matmul(ramp(DType.F32, 1, 1, 48), ramp(DType.F32, 1, 48, 32));
        same(Nodes.add(Nodes.reshape(left, Shape.of(1, 32)), Nodes.reshape(right, Shape.of(1, 32))));
    }

    @Test
    void emptyProductsAreZerosOrNothing() {
        same(Nodes.matmul(ramp(DType.F32, 0, 3, 2), ramp(DType.F32, 0, 2, 4)));
        Node none = Nodes.reshape(Nodes.slice(ramp(DType.F32, 1, 4), 1, 0, 0, 2), Shape.of(1, 1, 0));
        same(Nodes.matmul(none, ramp(DType.F32, 1, 0, 3)));
    }

    @Test
    void outerProductsOfSlicesReadTheRightElements() {
        Node x = Nodes.slice(ramp(DType.F32, 4, 5, 3, 1), 1, 0, 3, 1);
        Node a = Nodes.reshape(x, Shape.of(12, 3, 1));
        same(Nodes.matmul(a, Nodes.permute(a, 0, 2, 1)));
    }

    @Test
    void anIndexThatDoesNotMatterIsNotComputed() {
        Node index = Nodes.reduce(Op.REDUCE_MIN, Run.i64(2, 0, 1));
        same(Nodes.gather(Nodes.expand(ramp(DType.F32, 1), Shape.of(8)), index, 0));
    }

    @Test
    void nothingIsDividedOutsideAPart() {
        Node quotient = Nodes.binary(Op.DIV, Run.i64(7, 8, 9), Run.i64(2, 3, 4));
        same(Nodes.concat(List.of(quotient, Nodes.binary(Op.FMOD, Run.i64(7, 8), Run.i64(4, 5)), quotient), 0));
        same(Nodes.pad(quotient, new int[] {2}, new int[] {1}, 5));
    }

    /** Else the gradient of a maximum, which is shared by the elements that equal it, would be 0 / 0. */
    @Test
    void in16BitsTheLargestElementEqualsTheMaximum() {
        for (DType half : List.of(DType.F16, DType.BF16)) {
            for (int axis = 0; axis < 2; axis++) {
                Node y = Nodes.unary(Op.SIN, Nodes.mul(ramp(half, 40, 3), 0.37));
                Node hits = Nodes.cast(Nodes.binary(Op.EQ, y, Nodes.expand(Nodes.reduce(Op.REDUCE_MAX, y, axis), y.shape())), DType.I64);
                var r = Canonicalizer.canonicalize(List.of(Nodes.reduce(Op.REDUCE_MIN, Nodes.sum(hits, axis))), Map.of());
                assertTrue(doubles(Backends.get(Device.CPU), r)[0] >= 1, half + " along axis " + axis);
            }
        }
    }

    @Test
    void aProductReadsAConvolutionAsItLies() {
        int[] none = {0};
        Node y = Nodes.conv(ramp(DType.F32, 2, 2, 8), ramp(DType.F32, 2, 2, 1), new ConvAttr(new int[] {2}, none, none, new int[] {1}, 1));
        Node product = Nodes.matmul(y, ramp(DType.F32, 2, 4, 5));
        Node image = Nodes.binary(Op.MAX, product, Nodes.constant(DType.F32, 0.5));
        same(Nodes.conv(image, ramp(DType.F32, 2, 2, 3), new ConvAttr(new int[] {1}, none, none, new int[] {1}, 1)));
    }

    @Test
    void aKernelThatLostItsReductionIsSplitAnew() {
        Node rows = Nodes.broadcast(Nodes.iota(2, DType.F32), Shape.of(4, 2));
        Node at = Nodes.argReduce(Op.ARGMAX, Nodes.reduce(Op.REDUCE_MAX, rows, 0), 1);
        same(Nodes.expand(Nodes.gather(rows, at, 0), Shape.of(4, 2)));
    }

    @Test
    void theLargestOfAPaddedWindowMayBeMinusInfinity() {
        Node x = Run.leaf(DType.F32, new int[] {1, 2, 3}, Double.NEGATIVE_INFINITY, 2, 4, -4, 1, Double.NEGATIVE_INFINITY);
        var attr = new PoolAttr(new int[] {2}, new int[] {1}, new int[] {1}, new int[] {1}, new int[] {1});
        same(Nodes.poolMaxGrad(x, ramp(DType.F32, 1, 2, 4), attr));
    }

    @Test
    void drawsAreNumberedAsInTheReference() {
        same(Nodes.randomBits(Nodes.input(new Buffer.Host(HostArray.wrap(DType.I64, new long[] {-8014888114468942000L, 7049567967593281000L})),
                Shape.of(2)), 3, Shape.of(2, 7)));
    }
}
