package dev.levin.device.cpu.dnnl;

import static dev.levin.device.cpu.dnnl.Close.assertClose;
import static dev.levin.device.cpu.dnnl.Close.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.PoolSpec.Kind;
import dev.levin.type.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PoolingTest {
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

    static Stream<PoolSpec> shapes() {
        return Stream.of(Kind.values()).flatMap(k -> Stream.of(
                PoolSpec.of(k, 3, 5, List.of(9L, 8L), 2, 2, 0),
                PoolSpec.of(k, 20, 20, List.of(32L, 31L), 3, 2, 1),
                PoolSpec.of(k, 2, 17, List.of(13L), 3, 1, 1),
                PoolSpec.of(k, 2, 3, List.of(6L, 7L, 5L), 2, 2, 1),
                new PoolSpec(k, DType.F32, 2, 4, List.of(11L, 10L), List.of(3L, 2L), List.of(2L, 3L), List.of(1L, 0L),
                        List.of(0L, 1L), List.of(2L, 1L))));
    }

    private static int[] three(List<Long> from, int missing) {
        int[] to = new int[3];
        Arrays.fill(to, missing);
        for (int i = 0; i < from.size(); i++) {
            to[3 - from.size() + i] = Math.toIntExact(from.get(i));
        }
        return to;
    }

    /** By definition: the value of each window, and its gradient given {@code gy}, added to {@code gx}. */
    private static double[] expected(PoolSpec s, double[] x, double[] gy, double[] gx) {
        int[] size = three(s.size(), 1);
        int[] out = three(s.outputSize(), 1);
        int[] kernel = three(s.kernel(), 1);
        int[] stride = three(s.stride(), 1);
        int[] before = three(s.before(), 0);
        int[] dilation = three(s.dilation(), 1);
        double[] y = new double[gy.length];
        for (int i = 0; i < y.length; i++) {
            int[] t = {i / (out[2] * out[1]) % out[0], i / out[2] % out[1], i % out[2]};
            int plane = i / (out[0] * out[1] * out[2]);
            int[] inside = new int[kernel[0] * kernel[1] * kernel[2]];
            int count = 0;
            for (int k = 0; k < inside.length; k++) {
                int[] at = {k / (kernel[2] * kernel[1]), k / kernel[2] % kernel[1], k % kernel[2]};
                boolean in = true;
                for (int d = 0; d < 3; d++) {
                    at[d] = t[d] * stride[d] - before[d] + at[d] * dilation[d];
                    in &= at[d] >= 0 && at[d] < size[d];
                }
                if (in) {
                    inside[count++] = ((plane * size[0] + at[0]) * size[1] + at[1]) * size[2] + at[2];
                }
            }
            if (s.kind() == Kind.MAX) {
                int best = inside[0];
                for (int k = 1; k < count; k++) {
                    best = x[inside[k]] > x[best] ? inside[k] : best;
                }
                y[i] = x[best];
                gx[best] += gy[i];
            } else {
                double n = s.kind() == Kind.AVERAGE ? inside.length : count;
                for (int k = 0; k < count; k++) {
                    y[i] += x[inside[k]] / n;
                    gx[inside[k]] += gy[i] / n;
                }
            }
        }
        return y;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void forwardAndBackwardPlainBlockedAndChannelsLast(PoolSpec s) {
        var random = new Random(4);
        DnnlLayout plainSrc = DnnlLayout.plain(DType.F32, s.srcDims());
        DnnlLayout plainDst = DnnlLayout.plain(DType.F32, s.dstDims());
        var x = NativeArray.random(DType.F32, plainSrc.bytes() / 4, random);
        var gy = NativeArray.random(DType.F32, plainDst.bytes() / 4, random);
        double[] wantGx = new double[x.length];
        double[] wantY = expected(s, x.doubles(), gy.doubles(), wantGx);

        DnnlLayout last = DnnlLayout.channelsLast(DType.F32, s.srcDims());
        for (DnnlLayout src : Stream.of(plainSrc, last, blocked(s)).toList()) {
            DnnlLayout dst = src.equals(plainSrc) ? plainDst : dnnl.preferred(s, src);
            Pooling op = dnnl.pooling(s, src, dst, true);
            // The library has no fast kernel for dilated windows.
            assertEquals(s.dilation().stream().allMatch(d -> d == 1), op.isOptimized(), op.implementation());
            assertEquals(s.kind() == Kind.MAX, op.workspaceBytes() > 0);
            var xs = new NativeArray(DType.F32, src.bytes() / 4);
            var ys = new NativeArray(DType.F32, dst.bytes() / 4);
            var gys = new NativeArray(DType.F32, dst.bytes() / 4);
            var gxs = new NativeArray(DType.F32, src.bytes() / 4);
            var workspace = new NativeArray(DType.U8, op.workspaceBytes());
            dnnl.reorder(plainSrc, src).run(x.address(), xs.address());
            dnnl.reorder(plainDst, dst).run(gy.address(), gys.address());
            op.forward(xs.address(), ys.address(), workspace.address());
            op.backward(gys.address(), workspace.address(), gxs.address());
            var y = new NativeArray(DType.F32, gy.length);
            var gx = new NativeArray(DType.F32, x.length);
            dnnl.reorder(dst, plainDst).run(ys.address(), y.address());
            dnnl.reorder(src, plainSrc).run(gxs.address(), gx.address());
            assertClose(wantY, y.doubles(), 1e-6, "forward " + s + " of " + src);
            assertClose(wantGx, gx.doubles(), 1e-6, "backward " + s + " of " + src);

            var again = new NativeArray(DType.F32, ys.length);
            dnnl.pooling(s, src, dst, false).forward(xs.address(), again.address(), 0);
            assertSameBits(ys, again, "inference " + src);
        }
    }

    private static DnnlLayout blocked(PoolSpec s) {
        ConvSpec conv = ConvSpec.of(s.batch(), 16, s.channels(), s.size(), 1, 1, 0);
        return dnnl.preferred(conv, ConvDirection.FORWARD, ConvLayouts.NONE).dst();
    }

    @Test
    void ofEqualElementsTheFirstGetsTheGradient() {
        PoolSpec s = PoolSpec.of(Kind.MAX, 1, 2, List.of(4L, 4L), 2, 2, 0);
        var x = new NativeArray(DType.F32, 32);
        var gy = NativeArray.of(1, 2, 3, 4, 5, 6, 7, 8);
        var y = new NativeArray(DType.F32, 8);
        var gx = new NativeArray(DType.F32, 32);
        Pooling op = dnnl.pooling(s, null, null, true);
        var workspace = new NativeArray(DType.U8, op.workspaceBytes());
        op.forward(x.address(), y.address(), workspace.address());
        op.backward(gy.address(), workspace.address(), gx.address());
        double[] want = new double[32];
        for (int i = 0; i < 8; i++) {
            want[i / 2 * 8 + i % 2 * 2] = i + 1;
        }
        assertClose(want, gx.doubles(), 0, "ties");
    }

    @Test
    void theSameBitsWithOneTwoAndFourThreads() {
        PoolSpec s = PoolSpec.of(Kind.AVERAGE, 33, 24, List.of(28L, 28L), 3, 2, 1);
        var x = NativeArray.random(DType.F32, 33 * 24 * 28 * 28, new Random(2));
        NativeArray first = null;
        for (int threads : new int[] {1, 2, 4}) {
            var y = new NativeArray(DType.F32, 33 * 24 * 14 * 14);
            try (var t = new Team(threads); var d = Dnnl.open(t)) {
                d.pooling(s, null, null, false).forward(x.address(), y.address(), 0);
            }
            first = first == null ? y : first;
            assertSameBits(first, y, threads + " threads");
        }
    }

    @Test
    void anInferencePoolHasNoBackwardAndWindowsMustFit() {
        Pooling op = dnnl.pooling(PoolSpec.of(Kind.MAX, 1, 1, List.of(4L), 2, 2, 0), null, null, false);
        assertEquals(0, op.workspaceBytes());
        var e = assertThrows(IllegalStateException.class, () -> op.backward(0, 0, 0));
        assertTrue(e.getMessage().contains("training"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> PoolSpec.of(Kind.MAX, 1, 1, List.of(4L), 5, 1, 0));
    }
}
