package dev.levin.device.cpu.dnnl;

import static dev.levin.device.cpu.dnnl.Close.assertClose;
import static dev.levin.device.cpu.dnnl.Close.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.PostOps.Activation;
import dev.levin.type.DType;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvolutionTest {
    private static Team team;
    private static Dnnl dnnl;

    @BeforeAll
    static void open() {
        assumeTrue(Dnnl.availability().available(), Dnnl.availability().reason());
        team = new Team(2);
        dnnl = Dnnl.open(team);
    }

    @AfterAll
    static void close() {
        if (dnnl != null) {
            dnnl.close();
            team.close();
        }
    }

    static Stream<ConvSpec> shapes() {
        return Stream.of(
                ConvSpec.of(3, 1, 5, List.of(9L, 11L), 3, 1, 0),
                ConvSpec.of(5, 3, 16, List.of(14L, 13L), 5, 2, 2),
                ConvSpec.of(7, 20, 33, List.of(10L, 9L), 3, 1, 1),
                ConvSpec.of(2, 32, 64, List.of(8L, 8L), 1, 1, 0),
                ConvSpec.of(1, 16, 16, List.of(12L, 12L), 3, 1, 1),
                ConvSpec.of(4, 12, 18, List.of(7L, 7L), 3, 1, 1).withGroups(6),
                ConvSpec.of(4, 32, 32, List.of(9L, 9L), 3, 2, 1).withGroups(32),
                ConvSpec.of(3, 4, 6, List.of(31L), 5, 2, 2),
                ConvSpec.of(2, 3, 8, List.of(5L, 6L, 7L), 3, 1, 1),
                new ConvSpec(DType.F32, DType.F32, 3, 1, 6, 10, List.of(12L, 15L), List.of(3L, 2L), List.of(2L, 3L),
                        List.of(2L, 0L), List.of(0L, 1L), List.of(2L, 3L)),
                // Windows that leave source rows uncovered.
                ConvSpec.of(2, 8, 8, List.of(10L, 10L), 2, 4, 0));
    }

    private static ConvSpec large() {
        return ConvSpec.of(13, 24, 40, List.of(20L, 21L), 3, 1, 1);
    }

    private static NativeArray random(DType dtype, long[] dims, int seed) {
        return NativeArray.random(dtype, ConvReference.count(dims), new Random(seed));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void allDirectionsOfPlainOperands(ConvSpec s) {
        checkForward(s);
        checkBackwardData(s);
        checkBackwardWeights(s);
    }

    @Test
    void workLargeEnoughToBeCutIntoUnevenTasks() {
        checkForward(large());
        checkBackwardData(large());
        checkBackwardWeights(large());
        assertTrue(dnnl.convBackwardWeights(large(), ConvLayouts.NONE, null).tasks() > 1);
    }

    private static double tolerance(ConvSpec s, double terms) {
        return switch (s.output()) {
            case F32 -> 1e-6 + 2e-7 * Math.sqrt(terms) * 4;
            case BF16 -> 1.0 / 200;
            default -> 1.0 / 1500;
        };
    }

    private static void checkForward(ConvSpec s) {
        var src = random(s.input(), s.srcDims(), 1);
        var weights = random(s.input(), s.weightDims(), 2);
        var bias = random(DType.F32, new long[] {s.filters()}, 3);
        var dst = random(s.output(), s.dstDims(), 4);
        var reference = new ConvReference(s);
        dnnl.convForward(s).run(src.address(), weights.address(), 0, dst.address());
        double[] want = reference.forward(src.doubles(), weights.doubles(), null);
        assertClose(want, dst.doubles(), tolerance(s, 1000), "forward " + s);

        var op = dnnl.convForward(s, ConvLayouts.NONE, DType.F32, PostOps.of(Activation.RELU));
        assertTrue(op.isOptimized(), s + " runs on " + op.implementation());
        op.run(src.address(), weights.address(), bias.address(), dst.address());
        want = reference.forward(src.doubles(), weights.doubles(), bias.doubles());
        for (int i = 0; i < want.length; i++) {
            want[i] = Math.max(0, want[i]);
        }
        assertClose(want, dst.doubles(), tolerance(s, 1000), "forward, bias, relu " + s);
    }

    private static void checkBackwardData(ConvSpec s) {
        var weights = random(s.input(), s.weightDims(), 2);
        var diffDst = random(s.input(), s.dstDims(), 5);
        var diffSrc = random(s.output(), s.srcDims(), 6);
        var op = dnnl.convBackwardData(s, ConvLayouts.NONE);
        op.run(diffDst.address(), weights.address(), diffSrc.address());
        assertClose(new ConvReference(s).backwardData(diffDst.doubles(), weights.doubles()), diffSrc.doubles(),
                tolerance(s, 1000), "backward data " + s + " " + op.implementation());
    }

    private static void checkBackwardWeights(ConvSpec s) {
        var src = random(s.input(), s.srcDims(), 1);
        var diffDst = random(s.input(), s.dstDims(), 5);
        var diffWeights = random(s.output(), s.weightDims(), 7);
        var diffBias = random(s.output(), new long[] {s.filters()}, 8);
        var op = dnnl.convBackwardWeights(s, ConvLayouts.NONE, s.output());
        op.run(src.address(), diffDst.address(), diffWeights.address(), diffBias.address());
        var reference = new ConvReference(s);
        assertClose(reference.backwardWeights(src.doubles(), diffDst.doubles()), diffWeights.doubles(), tolerance(s, 20000),
                "backward weights " + s + " " + op.implementation());
        assertClose(reference.backwardBias(diffDst.doubles()), diffBias.doubles(), tolerance(s, 20000), "bias of " + s);
        var alone = random(s.output(), s.weightDims(), 9);
        dnnl.convBackwardWeights(s, ConvLayouts.NONE, null).run(src.address(), diffDst.address(), alone.address(), 0);
        assertSameBits(diffWeights, alone, "with and without bias " + s);
    }

    @Test
    void sixteenBitConvolutions() {
        assumeTrue(Dnnl.features().orElseThrow().bf16(), "BF16 is not supported on this CPU");
        for (ConvSpec s : List.of(ConvSpec.of(7, 20, 33, List.of(10L, 9L), 3, 1, 1), large())) {
            for (DType out : new DType[] {DType.BF16, DType.F32}) {
                ConvSpec half = s.withTypes(DType.BF16, out);
                checkForward(half);
                checkBackwardData(half);
                checkBackwardWeights(half);
            }
        }
    }

    @Test
    void nanSurvivesTheActivation() {
        ConvSpec s = ConvSpec.of(3, 4, 5, List.of(6L, 6L), 3, 1, 1);
        float[] x = new float[3 * 4 * 36];
        x[4 * 36] = Float.NaN;
        var y = new NativeArray(DType.F32, 3 * 5 * 36);
        var w = random(DType.F32, s.weightDims(), 1);
        dnnl.convForward(s, ConvLayouts.NONE, null, PostOps.of(Activation.RELU)).run(NativeArray.of(x).address(), w.address(), 0,
                y.address());
        double[] got = y.doubles();
        for (int i = 0; i < got.length; i++) {
            // The second image's corner reaches the four outputs around it in each of five filters.
            boolean near = i / 180 == 1 && i % 36 / 6 < 2 && i % 6 < 2;
            assertEquals(near, Double.isNaN(got[i]), "element " + i + " is " + got[i]);
        }
    }

    /** Two convolutions whose activation stays as the library likes it; only the ends are plain. */
    @Test
    void activationsStayBlockedThroughAChain() {
        ConvSpec one = ConvSpec.of(9, 3, 24, List.of(16L, 15L), 3, 1, 1);
        ConvSpec two = ConvSpec.of(9, 24, 20, List.of(16L, 15L), 3, 2, 1);
        ConvLayouts first = dnnl.preferred(one, ConvDirection.FORWARD, ConvLayouts.NONE);
        ConvLayouts second = dnnl.preferred(two, ConvDirection.FORWARD, new ConvLayouts(first.dst(), null, null));
        assertEquals(first.dst(), second.src());
        assertFalse(first.dst().isContiguous(), "the library prefers " + first.dst());

        var x = random(DType.F32, one.srcDims(), 1);
        var w1 = random(DType.F32, one.weightDims(), 2);
        var w2 = random(DType.F32, two.weightDims(), 3);
        var middle = new NativeArray(DType.F32, first.dst().bytes() / 4);
        var end = new NativeArray(DType.F32, second.dst().bytes() / 4);
        var y = random(DType.F32, two.dstDims(), 4);
        dnnl.convForward(one, new ConvLayouts(null, null, first.dst()), null, PostOps.of(Activation.RELU))
                .run(x.address(), w1.address(), 0, middle.address());
        dnnl.convForward(two, new ConvLayouts(first.dst(), null, second.dst()), null, PostOps.NONE)
                .run(middle.address(), w2.address(), 0, end.address());
        dnnl.reorder(second.dst(), DnnlLayout.plain(DType.F32, two.dstDims())).run(end.address(), y.address());

        double[] hidden = new ConvReference(one).forward(x.doubles(), w1.doubles(), null);
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = Math.max(0, hidden[i]);
        }
        assertClose(new ConvReference(two).forward(hidden, w2.doubles(), null), y.doubles(), 1e-5, "chain");
    }

    @Test
    void gradientsOfResidentOperandsAgreeWithPlainOnes() {
        ConvSpec s = large();
        var x = random(DType.F32, s.srcDims(), 1);
        var w = random(DType.F32, s.weightDims(), 2);
        var gy = random(DType.F32, s.dstDims(), 3);
        for (boolean channelsLast : new boolean[] {false, true}) {
            DnnlLayout src = channelsLast ? DnnlLayout.channelsLast(DType.F32, s.srcDims())
                    : dnnl.preferred(s, ConvDirection.FORWARD, ConvLayouts.NONE).src();
            DnnlLayout dst = channelsLast ? DnnlLayout.channelsLast(DType.F32, s.dstDims())
                    : dnnl.preferred(s, ConvDirection.FORWARD, ConvLayouts.NONE).dst();
            var xb = new NativeArray(DType.F32, src.bytes() / 4);
            var gyb = new NativeArray(DType.F32, dst.bytes() / 4);
            var gxb = new NativeArray(DType.F32, src.bytes() / 4);
            DnnlLayout plainSrc = DnnlLayout.plain(DType.F32, s.srcDims());
            dnnl.reorder(plainSrc, src).run(x.address(), xb.address());
            dnnl.reorder(DnnlLayout.plain(DType.F32, s.dstDims()), dst).run(gy.address(), gyb.address());

            dnnl.convBackwardData(s, new ConvLayouts(src, null, dst)).run(gyb.address(), w.address(), gxb.address());
            var gx = new NativeArray(DType.F32, x.length);
            dnnl.reorder(src, plainSrc).run(gxb.address(), gx.address());
            assertClose(new ConvReference(s).backwardData(gy.doubles(), w.doubles()), gx.doubles(), 1e-5, "data " + src);

            var gw = new NativeArray(DType.F32, w.length);
            dnnl.convBackwardWeights(s, new ConvLayouts(src, null, dst), null)
                    .run(xb.address(), gyb.address(), gw.address(), 0);
            assertClose(new ConvReference(s).backwardWeights(x.doubles(), gy.doubles()), gw.doubles(), 2e-5, "weights " + src);
        }
    }

    @Test
    void weightsMayBeKeptInTheKernelsLayout() {
        ConvSpec s = large();
        var x = random(DType.F32, s.srcDims(), 1);
        var w = random(DType.F32, s.weightDims(), 2);
        ConvForward plain = dnnl.convForward(s);
        var y = new NativeArray(DType.F32, ConvReference.count(s.dstDims()));
        plain.run(x.address(), w.address(), 0, y.address());
        var packed = new NativeArray(DType.F32, plain.kernelWeights().bytes() / 4);
        dnnl.reorder(DnnlLayout.plain(DType.F32, s.weightDims()), plain.kernelWeights()).run(w.address(), packed.address());
        var z = new NativeArray(DType.F32, y.length);
        dnnl.convForward(s, new ConvLayouts(null, plain.kernelWeights(), null), null, PostOps.NONE)
                .run(x.address(), packed.address(), 0, z.address());
        assertSameBits(y, z, "packed weights");
    }

    @Test
    void theSameBitsWithOneTwoAndFourThreads() {
        for (ConvSpec s : List.of(large(), ConvSpec.of(32, 16, 16, List.of(30L, 30L), 3, 1, 1))) {
            var x = random(DType.F32, s.srcDims(), 1);
            var w = random(DType.F32, s.weightDims(), 2);
            var gy = random(DType.F32, s.dstDims(), 3);
            NativeArray[] first = null;
            for (int threads : new int[] {1, 2, 4}) {
                var got = new NativeArray[] {new NativeArray(DType.F32, gy.length), new NativeArray(DType.F32, x.length),
                    new NativeArray(DType.F32, w.length), new NativeArray(DType.F32, s.filters())};
                try (var t = new Team(threads); var d = Dnnl.open(t)) {
                    d.convForward(s).run(x.address(), w.address(), 0, got[0].address());
                    d.convBackwardData(s, ConvLayouts.NONE).run(gy.address(), w.address(), got[1].address());
                    d.convBackwardWeights(s, ConvLayouts.NONE, DType.F32).run(x.address(), gy.address(), got[2].address(),
                            got[3].address());
                }
                first = first == null ? got : first;
                for (int i = 0; i < got.length; i++) {
                    assertSameBits(first[i], got[i], "result " + i + " of " + s + " on " + threads + " threads");
                }
            }
        }
    }

    @Test
    void anEmptyBatchGivesZeroGradients() {
        ConvSpec s = ConvSpec.of(0, 3, 4, List.of(5L, 5L), 3, 1, 0);
        var gw = random(DType.F32, s.weightDims(), 1);
        var gb = random(DType.F32, new long[] {4}, 1);
        dnnl.convForward(s).run(0, 0, 0, 0);
        dnnl.convBackwardData(s, ConvLayouts.NONE).run(0, 0, 0);
        dnnl.convBackwardWeights(s, ConvLayouts.NONE, DType.F32).run(0, 0, gw.address(), gb.address());
        assertClose(new double[gw.length], gw.doubles(), 0, "weights");
        assertClose(new double[4], gb.doubles(), 0, "bias");
    }

    @Test
    void geometryThatCannotBeIsRefusedInWords() {
        var e = assertThrows(IllegalArgumentException.class, () -> ConvSpec.of(1, 3, 4, List.of(2L, 9L), 3, 1, 0));
        assertTrue(e.getMessage().contains("larger than the padded input"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> ConvSpec.of(1, 3, 4, List.of(5L), 3, 1, 0).withGroups(2));
        ConvSpec s = ConvSpec.of(1, 3, 4, List.of(5L, 5L), 3, 1, 0);
        assertThrows(IllegalArgumentException.class, () -> dnnl.convForward(s,
                new ConvLayouts(DnnlLayout.plain(DType.F32, 1, 3, 5, 6), null, null), null, PostOps.NONE));
    }
}
