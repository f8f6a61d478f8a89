package dev.levin.device.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.ConvReference;
import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.kernel.x64.Cpu;
import dev.levin.type.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MachineConvTest {
    private static final int GUARD = 64;
    private static final float MARK = 12345.5f;

    /** Square and not, strides with remainders, uneven padding, dilation, kernels of more than 16 taps, padding wider than the image. */
    private static final List<ConvSpec> SPECS = List.of(
            ConvSpec.of(8, 16, 16, List.of(4L, 4L), 3, 1, 1),
            ConvSpec.of(1, 16, 32, List.of(5L, 7L), 3, 1, 1),
            ConvSpec.of(11, 32, 48, List.of(6L, 5L), 3, 2, 1),
            ConvSpec.of(9, 64, 64, List.of(5L, 5L), 1, 2, 0),
            ConvSpec.of(16, 48, 80, List.of(3L, 4L), 1, 1, 0),
            uneven(9, 32, 32, List.of(4L, 5L), List.of(1L, 1L), List.of(2L, 1L), List.of(0L, 0L), List.of(0L, 0L), List.of(1L, 1L)),
            uneven(8, 16, 48, List.of(4L, 3L), List.of(1L, 1L), List.of(1L, 2L), List.of(0L, 0L), List.of(1L, 0L), List.of(1L, 1L)),
            ConvSpec.of(3, 16, 112, List.of(6L, 6L), 5, 1, 2),
            ConvSpec.of(2, 16, 16, List.of(2L, 2L), 3, 1, 2),
            ConvSpec.of(5, 32, 16, List.of(11L), 3, 2, 1),
            uneven(7, 16, 32, List.of(7L, 6L), List.of(3L, 2L), List.of(2L, 1L), List.of(0L, 1L), List.of(2L, 0L), List.of(1L, 2L)),
            uneven(4, 32, 16, List.of(6L, 9L), List.of(1L, 4L), List.of(1L, 3L), List.of(0L, 2L), List.of(0L, 1L), List.of(1L, 1L)),
            // bands of rows, with and without a copy of the pixels in between
            ConvSpec.of(2, 16, 32, List.of(45L, 33L), 3, 1, 1),
            ConvSpec.of(1, 16, 16, List.of(70L, 70L), 3, 2, 1),
            ConvSpec.of(2, 16, 16, List.of(40L, 36L), 1, 1, 0),
            ConvSpec.of(1, 16, 16, List.of(75L, 66L), 1, 2, 0),
            uneven(1, 16, 16, List.of(30L, 40L), List.of(3L, 1L), List.of(1L, 1L), List.of(60L, 0L), List.of(0L, 0L), List.of(1L, 1L)),
            ConvSpec.of(1, 16, 16, List.of(2500L), 3, 1, 1),
            // several chunks of images and parts of sums
            ConvSpec.of(17, 16, 16, List.of(16L, 16L), 3, 1, 1),
            // several stretches of taps and blocks of panels
            ConvSpec.of(8, 512, 400, List.of(2L, 2L), 3, 1, 1),
            // several chunks in one part
            ConvSpec.of(10, 64, 320, List.of(12L, 14L), 3, 2, 1));

    private static ConvSpec uneven(long n, long c, long o, List<Long> size, List<Long> kernel, List<Long> stride, List<Long> before, List<Long> after,
            List<Long> dilation) {
        return new ConvSpec(DType.F32, DType.F32, n, 1, c, o, size, kernel, stride, before, after, dilation);
    }

    @BeforeAll
    static void onlyWhereMachineCodeRuns() {
        assumeTrue(Cpu.avx512(), "needs x86-64 with AVX-512");
    }

    private final Random random = new Random(3);

    private float[] values(long n) {
        var v = new float[Math.toIntExact(n)];
        for (int i = 0; i < v.length; i++) {
            v[i] = random.nextFloat() - 0.5f;
        }
        return v;
    }

    private static double[] doubles(float[] x) {
        var y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    private static int product(List<Long> x) {
        return Math.toIntExact(x.stream().reduce(1L, (a, b) -> a * b));
    }

    /** [n, pixels, channels] to [n, channels, pixels]. */
    private static float[] first(float[] x, long n, int pixels, long channels) {
        var y = new float[x.length];
        int c = (int) channels;
        for (int i = 0; i < x.length; i++) {
            int image = i / (pixels * c);
            y[(image * c + i % c) * pixels + i / c % pixels] = x[i];
        }
        assertEquals(n * pixels * channels, x.length);
        return y;
    }

    private static MemorySegment memory(Arena arena, float[] x) {
        return arena.allocate(4L * x.length, 64).copyFrom(MemorySegment.ofArray(x));
    }

    /** What is computed into memory that holds something else before, with guards behind. */
    private interface Run {
        void into(Team team, Arena arena, long result);
    }

    private static float[] result(int size, Run run) {
        float[] first = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Arena arena = Arena.ofShared(); var team = new Team(threads)) {
                MemorySegment m = arena.allocate(4L * (size + GUARD), 64);
                for (int i = 0; i < size + GUARD; i++) {
                    m.setAtIndex(ValueLayout.JAVA_FLOAT, i, MARK);
                }
                run.into(team, arena, m.address());
                for (int i = size; i < size + GUARD; i++) {
                    assertEquals(MARK, m.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                }
                float[] now = m.asSlice(0, 4L * size).toArray(ValueLayout.JAVA_FLOAT);
                if (first != null) {
                    assertArrayEquals(first, now, threads + " threads");
                }
                first = now;
            }
        }
        return first;
    }

    private static void close(double[] want, float[] have, ConvSpec s) {
        assertEquals(want.length, have.length);
        double scale = 0;
        for (double w : want) {
            scale = Math.max(scale, Math.abs(w));
        }
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], have[i], 2e-6 * scale + 1e-6, "element " + i + " of " + s);
        }
    }

    @Test
    void allDirectionsAgreeWithTheirDefinitionWhateverTheNumberOfThreads() {
        for (ConvSpec s : SPECS) {
            int in = product(s.size());
            int out = product(s.outputSize());
            float[] x = values(s.batch() * in * s.channels());
            float[] g = values(s.batch() * out * s.filters());
            float[] w = values(s.channels() * s.filters() * product(s.kernel()));
            float[] b = values(s.filters());
            var reference = new ConvReference(s);
            double[] dx = doubles(first(x, s.batch(), in, s.channels()));
            double[] dg = doubles(first(g, s.batch(), out, s.filters()));
            double[] dw = doubles(w);

            float[] y = result(g.length, (team, arena, to) -> MachineConv.forward(team, s, false, false).orElseThrow()
                    .run(memory(arena, x).address(), memory(arena, w).address(), 0, to));
            close(reference.forward(dx, dw, null), first(y, s.batch(), out, s.filters()), s);

            float[] z = result(g.length, (team, arena, to) -> MachineConv.forward(team, s, true, true).orElseThrow()
                    .run(memory(arena, x).address(), memory(arena, w).address(), memory(arena, b).address(), to));
            double[] relu = reference.forward(dx, dw, doubles(b));
            for (int i = 0; i < relu.length; i++) {
                relu[i] = Math.max(relu[i], 0);
            }
            close(relu, first(z, s.batch(), out, s.filters()), s);

            float[] gx = result(x.length, (team, arena, to) -> MachineConv.backwardData(team, s).orElseThrow()
                    .run(memory(arena, g).address(), memory(arena, w).address(), 0, to));
            close(reference.backwardData(dg, dw), first(gx, s.batch(), in, s.channels()), s);

            float[] gw = result(w.length, (team, arena, to) -> MachineConvWeights.of(team, s).orElseThrow()
                    .run(memory(arena, x).address(), memory(arena, g).address(), to));
            close(reference.backwardWeights(dx, dg), gw, s);
        }
    }

    @Test
    void aNaNComesThroughTheActivation() {
        ConvSpec s = ConvSpec.of(8, 16, 16, List.of(2L, 2L), 1, 1, 0);
        float[] x = values(8 * 4 * 16);
        x[5] = Float.NaN;
        float[] w = values(16 * 16);
        float[] y = result(x.length, (team, arena, to) -> MachineConv.forward(team, s, false, true).orElseThrow()
                .run(memory(arena, x).address(), memory(arena, w).address(), 0, to));
        for (int i = 0; i < y.length; i++) {
            assertEquals(i < 16, Float.isNaN(y[i]), "element " + i);
        }
    }

    @Test
    void whatItDoesNotTakeIsLeftToOthers() {
        try (var team = new Team(1)) {
            List<Long> size = List.of(4L, 4L);
            ConvSpec grouped = ConvSpec.of(8, 32, 32, size, 3, 1, 1).withGroups(2);
            ConvSpec half = ConvSpec.of(8, 16, 16, size, 3, 1, 1).withTypes(DType.BF16, DType.BF16);
            for (ConvSpec s : List.of(grouped, half, ConvSpec.of(8, 3, 16, size, 3, 1, 1), ConvSpec.of(8, 16, 10, size, 3, 1, 1),
                    ConvSpec.of(8, 16, 16, List.of(2L, 2L, 2L), 3, 1, 1))) {
                assertTrue(MachineConv.forward(team, s, false, false).isEmpty(), s.toString());
                assertTrue(MachineConv.backwardData(team, s).isEmpty(), s.toString());
                assertTrue(MachineConvWeights.of(team, s).isEmpty(), s.toString());
            }
        }
        assertTrue(MachineConv.suits(ConvSpec.of(8, 64, 64, List.of(512L, 512L), 3, 1, 1)));
        assertFalse(MachineConv.suits(ConvSpec.of(8, 64, 64, List.of(1L << 20), 3, 1, 1)), "a list of a million pixels");
        assertFalse(MachineConv.suits(ConvSpec.of(8, 256, 256, List.of(1024L, 1024L), 3, 1, 1)), "images of a gigabyte");
        assertTrue(MachineConvWeights.suits(ConvSpec.of(8, 64, 64, List.of(512L, 512L), 3, 1, 1)));
        assertFalse(MachineConvWeights.suits(ConvSpec.of(1, 512, 512, List.of(3L, 8000L), 3, 1, 1)), "rows of 16 MB");
        assertTrue(MachineConv.suits(ConvSpec.of(32, 64, 64, List.of(8L, 8L), 3, 1, 1)));
        assertFalse(MachineConv.suits(ConvSpec.of(1, 64, 64, List.of(8L, 8L), 3, 1, 1)));
        assertTrue(MachineConvWeights.suits(ConvSpec.of(32, 64, 64, List.of(8L, 8L), 1, 1, 0)));
        assertFalse(MachineConvWeights.suits(ConvSpec.of(32, 64, 64, List.of(8L, 8L), 1, 2, 0)));
        assertFalse(MachineConvWeights.suits(ConvSpec.of(32, 64, 16, List.of(8L, 8L), 3, 1, 1)));
    }
}
