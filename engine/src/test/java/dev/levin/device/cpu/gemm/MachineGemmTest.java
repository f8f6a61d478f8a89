package dev.levin.device.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.dnnl.PostOps;
import dev.levin.device.cpu.dnnl.PostOps.Activation;
import dev.levin.kernel.x64.Cpu;
import dev.levin.type.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MachineGemmTest {
    private static final int GUARD = 64;

    /** m, k, n: one row, one column, tails of every kind, several stretches of k, several blocks of columns. */
    private static final long[][] SHAPES = {{1, 1, 1}, {1, 300, 7}, {3, 5, 7}, {8, 16, 48}, {7, 15, 47}, {9, 17, 49}, {16, 4, 16}, {30, 33, 63},
        {64, 128, 64}, {65, 129, 97}, {130, 7, 113}, {137, 500, 80}, {20, 1000, 129}, {72, 400, 300}, {129, 770, 500}};

    @BeforeAll
    static void onlyWhereMachineCodeRuns() {
        assumeTrue(Cpu.avx512(), "needs x86-64 with AVX-512");
    }

    private static MemorySegment random(Arena arena, long n, Random random) {
        MemorySegment s = arena.allocate(4 * (n + GUARD), 64);
        for (long i = 0; i < n + GUARD; i++) {
            s.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return s;
    }

    private static long length(MatmulSpec s, List<Long> strides, long rows, long columns) {
        int nb = s.batch().size();
        long last = (rows - 1) * strides.get(nb) + (columns - 1) * strides.get(nb + 1);
        for (int i = 0; i < nb; i++) {
            last += (s.batch().get(i) - 1) * strides.get(i);
        }
        return last + 1;
    }

    private static void check(MatmulSpec s, int threads) {
        int nb = s.batch().size();
        long matrices = s.batch().stream().reduce(1L, (x, y) -> x * y);
        var random = new Random(11);
        try (Arena arena = Arena.ofShared(); var team = new Team(threads)) {
            MemorySegment a = random(arena, length(s, s.aStrides(), s.m(), s.k()), random);
            MemorySegment b = random(arena, length(s, s.bStrides(), s.k(), s.n()), random);
            MemorySegment bias = random(arena, s.n(), random);
            long size = length(s, s.cStrides(), s.m(), s.n());
            MemorySegment c = random(arena, size, random);
            MemorySegment before = arena.allocate(c.byteSize(), 64).copyFrom(c);
            MachineGemm.of(team, s).orElseThrow().run(a.address(), b.address(), s.bias() == null ? 0 : bias.address(), c.address());
            float[] x = a.toArray(ValueLayout.JAVA_FLOAT);
            float[] y = b.toArray(ValueLayout.JAVA_FLOAT);
            float[] added = bias.toArray(ValueLayout.JAVA_FLOAT);
            float[] got = c.toArray(ValueLayout.JAVA_FLOAT);
            float[] was = before.toArray(ValueLayout.JAVA_FLOAT);
            var written = new boolean[(int) size + GUARD];
            long aRow = s.aStrides().get(nb);
            long aCol = s.aStrides().get(nb + 1);
            long bRow = s.bStrides().get(nb);
            long bCol = s.bStrides().get(nb + 1);
            for (long i = 0; i < matrices; i++) {
                long[] from = new long[3];
                long rest = i;
                for (int d = nb - 1; d >= 0; d--) {
                    long at = rest % s.batch().get(d);
                    rest /= s.batch().get(d);
                    from[0] += at * s.aStrides().get(d);
                    from[1] += at * s.bStrides().get(d);
                    from[2] += at * s.cStrides().get(d);
                }
                for (long m = 0; m < s.m(); m++) {
                    for (long n = 0; n < s.n(); n++) {
                        double sum = 0;
                        double scale = 1;
                        for (long k = 0; k < s.k(); k++) {
                            double term = (double) x[(int) (from[0] + m * aRow + k * aCol)]
                                    * y[(int) (from[1] + k * bRow + n * bCol)];
                            sum += term;
                            scale += Math.abs(term);
                        }
                        long to = from[2] + m * s.cStrides().get(nb) + n;
                        written[(int) to] = true;
                        sum += s.bias() == null ? 0 : added[(int) n];
                        sum += s.post().accumulate() ? was[(int) to] : 0;
                        sum = s.post().activation() == Activation.RELU ? Math.max(0, sum) : sum;
                        assertEquals(sum, got[(int) to], 1e-6 * scale, s + " row " + m + " column " + n);
                    }
                }
            }
            for (int i = 0; i < written.length; i++) {
                if (!written[i]) {
                    assertEquals(was[i], got[i], s + " wrote to element " + i + ", which is not part of C");
                }
            }
        }
    }

    @Test
    void productsOfAllTransposes() {
        for (long[] x : SHAPES) {
            for (int mode = 0; mode < 4; mode++) {
                check(MatmulSpec.of(DType.F32, x[0], x[1], x[2], (mode & 1) != 0, (mode & 2) != 0), 1 + mode % 2);
            }
        }
    }

    @Test
    void whatHappensToTheResultBeforeItIsStored() {
        for (long[] x : new long[][] {{5, 9, 20}, {33, 700, 150}}) {
            for (int mode = 0; mode < 8; mode++) {
                MatmulSpec s = MatmulSpec.of(DType.F32, x[0], x[1], x[2], false, true)
                        .withPost(new PostOps((mode & 1) != 0, (mode & 2) != 0 ? Activation.RELU : Activation.NONE));
                check((mode & 4) != 0 ? s.withBias(DType.F32) : s, 2);
            }
        }
    }

    @Test
    void manyMatricesAndViewsOfOthers() {
        check(MatmulSpec.of(DType.F32, 3, 4, 5, true, false).batched(700), 2);
        check(MatmulSpec.of(DType.F32, 70, 20, 130, false, true).batched(3).withBias(DType.F32), 2);
        // heads of attention, as views of one tensor [2, 6, 3 * 4 * 5]: scores, then their product with the values
        check(new MatmulSpec(DType.F32, DType.F32, List.of(2L, 4L), 6, 6, 5, List.of(360L, 5L, 60L, 1L), List.of(360L, 5L, 1L, 60L),
                List.of(144L, 36L, 6L, 1L), null, PostOps.NONE), 2);
        check(new MatmulSpec(DType.F32, DType.F32, List.of(2L, 4L), 6, 5, 6, List.of(144L, 36L, 6L, 1L), List.of(360L, 5L, 60L, 1L),
                List.of(120L, 5L, 20L, 1L), null, PostOps.NONE), 1);
        // one operand for all matrices
        check(new MatmulSpec(DType.F32, DType.F32, List.of(5L), 10, 20, 30, List.of(300L, 30L, 1L), List.of(0L, 20L, 1L), List.of(200L, 20L, 1L),
                null, PostOps.NONE), 1);
    }

    @Test
    void aTransposedOperandOfManyRowsIsCopiedInPieces() {
        check(MatmulSpec.of(DType.F32, 5600, 384, 192, true, false), 1);
    }

    @Test
    void theSameBitsWithAnyNumberOfThreads() {
        var specs = new ArrayList<MatmulSpec>();
        for (int mode = 0; mode < 4; mode++) {
            specs.add(MatmulSpec.of(DType.F32, 333, 500, 700, (mode & 1) != 0, (mode & 2) != 0));
        }
        for (MatmulSpec s : specs) {
            byte[] one = bits(s, 1, false);
            assertArrayEquals(one, bits(s, 2, false));
            assertArrayEquals(one, bits(s, 5, false));
            assertArrayEquals(one, bits(s, 2, true), "with a copy of B that is shared");
        }
    }

    private static byte[] bits(MatmulSpec s, int threads, boolean copied) {
        var random = new Random(3);
        try (Arena arena = Arena.ofShared(); var team = new Team(threads)) {
            MemorySegment a = random(arena, s.m() * s.k(), random);
            MemorySegment b = random(arena, s.k() * s.n(), random);
            MemorySegment c = arena.allocate(4 * s.m() * s.n(), 64);
            MachineGemm g = MachineGemm.of(team, s).orElseThrow();
            if (copied) {
                MemorySegment copy = arena.allocate(g.copyBytes(), 64);
                g.copy(b.address(), copy.address());
                g.runCopied(a.address(), copy.address(), 0, c.address());
            } else {
                g.run(a.address(), b.address(), 0, c.address());
            }
            return c.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void reluKeepsNaN() {
        try (Arena arena = Arena.ofShared(); var team = new Team(1)) {
            MemorySegment a = arena.allocateFrom(ValueLayout.JAVA_FLOAT, Float.NaN, -1, 1);
            MemorySegment b = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 2);
            MemorySegment c = arena.allocate(12, 64);
            MatmulSpec s = MatmulSpec.dense(DType.F32, 3, 1, 1).withPost(PostOps.of(Activation.RELU));
            MachineGemm.of(team, s).orElseThrow().run(a.address(), b.address(), 0, c.address());
            assertArrayEquals(new float[] {Float.NaN, 0, 2}, c.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void whatItLeavesToOthers() {
        try (var team = new Team(1)) {
            assertTrue(MachineGemm.of(team, MatmulSpec.dense(DType.F64, 2, 2, 2)).isEmpty(), "another type");
            assertTrue(MachineGemm.of(team, MatmulSpec.dense(DType.F32, 2, 0, 2)).isEmpty(), "nothing to sum");
            assertTrue(MachineGemm.of(team, MatmulSpec.dense(DType.F32, 2, 2, 2).withPost(PostOps.of(Activation.TANH))).isEmpty(), "tanh");
            var apart = new MatmulSpec(DType.F32, DType.F32, List.of(), 2, 2, 2, List.of(8L, 2L), List.of(2L, 1L), List.of(2L, 1L), null, PostOps.NONE);
            assertTrue(MachineGemm.of(team, apart).isEmpty(), "no stride of 1");
        }
        assertFalse(MachineGemm.suits(MatmulSpec.of(DType.F32, 1, 9216, 128, false, true)), "one row, B to be transposed");
        assertTrue(MachineGemm.suits(MatmulSpec.of(DType.F32, 10, 4, 3, false, true)), "too small for a call");
    }
}
