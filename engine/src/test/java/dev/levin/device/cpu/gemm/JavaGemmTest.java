package dev.levin.device.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.dnnl.PostOps;
import dev.levin.device.cpu.dnnl.PostOps.Activation;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JavaGemmTest {
    private static final long[][] SHAPES = {{1, 1, 1}, {1, 300, 1}, {3, 5, 7}, {64, 128, 256}, {65, 129, 257}, {130, 7, 31},
        {2, 400, 600}};

    private static MemorySegment upload(HostArray values, Arena arena) {
        MemorySegment s = arena.allocate(Math.max(8, values.bytes()), 64);
        MemorySegment.copy(values.segment(), 0, s, 0, values.bytes());
        return s;
    }

    private static HostArray random(DType dtype, long n, Random random) {
        HostArray h = HostArray.allocate(dtype, n);
        for (int i = 0; i < n; i++) {
            if (dtype.isFloat()) {
                h.setDouble(i, random.nextGaussian());
            } else {
                h.setLong(i, random.nextLong());
            }
        }
        return h;
    }

    private static HostArray run(MatmulSpec s, HostArray a, HostArray b, HostArray bias, HostArray c, int threads,
            boolean vector) {
        try (Arena arena = Arena.ofConfined(); var team = new Team(threads)) {
            MemorySegment out = upload(c, arena);
            // Confined to this thread by ownership only: tasks go by raw address.
            new JavaGemm(team, s, vector).run(upload(a, arena).address(), upload(b, arena).address(),
                    bias == null ? 0 : upload(bias, arena).address(), out.address());
            return HostArray.allocate(c.dtype(), c.length()).copyFrom(out);
        }
    }

    private static void checkFloats(MatmulSpec s) {
        var random = new Random(5);
        int nb = s.batch().size();
        long matrices = s.batch().stream().reduce(1L, (x, y) -> x * y);
        HostArray a = random(s.input(), matrices * s.m() * s.k(), random);
        HostArray b = random(s.input(), matrices * s.k() * s.n(), random);
        HostArray c = random(s.output(), matrices * s.m() * s.n(), random);
        HostArray bias = s.bias() == null ? null : random(s.bias(), s.n(), random);
        for (boolean vector : new boolean[] {false, true}) {
            HostArray got = run(s, a, b, bias, c, 2, vector);
            for (int i = 0; i < matrices; i++) {
                for (int m = 0; m < s.m(); m++) {
                    for (int n = 0; n < s.n(); n++) {
                        double sum = 0;
                        double size = 0.1;
                        for (int k = 0; k < s.k(); k++) {
                            double term = a.getDouble((int) (i * s.m() * s.k() + m * s.aStrides().get(nb)
                                    + k * s.aStrides().get(nb + 1)))
                                    * b.getDouble((int) (i * s.k() * s.n() + k * s.bStrides().get(nb)
                                    + n * s.bStrides().get(nb + 1)));
                            sum += term;
                            size += Math.abs(term);
                        }
                        int at = (int) (i * s.m() * s.n() + m * s.n() + n);
                        sum += bias == null ? 0 : bias.getDouble(n);
                        sum += s.post().accumulate() ? c.getDouble(at) : 0;
                        double want = s.post().activation() == Activation.RELU ? Math.max(0, sum) : sum;
                        double unit = s.output() == DType.F64 ? 1e-14 : s.output() == DType.F32 ? 1e-6 : 1e-2;
                        assertEquals(want, got.getDouble(at), unit * (s.output().isHalf() ? 1 + Math.abs(want) : size),
                                s + " element " + at + (vector ? " vector" : " scalar"));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "F64", "BF16", "F16"})
    void floatingPointProductsOfAllTransposes(DType dtype) {
        for (long[] shape : SHAPES) {
            for (int mode = 0; mode < 4; mode++) {
                checkFloats(MatmulSpec.of(dtype, shape[0], shape[1], shape[2], (mode & 1) != 0, (mode & 2) != 0));
            }
        }
        checkFloats(MatmulSpec.of(dtype, 3, 4, 5, true, false).batched(7000));
        checkFloats(MatmulSpec.of(dtype, 70, 20, 300, false, true).batched(3).withBias(dtype)
                .withPost(new PostOps(true, Activation.RELU)));
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"I64", "I32", "I16", "I8", "U8"})
    void integerProductsAreExactModuloTheirWidth(DType dtype) {
        for (long[] shape : SHAPES) {
            int m = (int) shape[0];
            int k = (int) shape[1];
            int n = (int) shape[2];
            var random = new Random(9);
            HostArray a = random(dtype, m * k, random);
            HostArray b = random(dtype, k * n, random);
            HostArray got = run(MatmulSpec.dense(dtype, m, k, n), a, b, null, HostArray.allocate(dtype, m * n), 2, true);
            for (int at : new int[] {0, m * n / 2, m * n - 1}) {
                BigInteger sum = BigInteger.ZERO;
                for (int i = 0; i < k; i++) {
                    sum = sum.add(BigInteger.valueOf(a.getLong(at / n * k + i))
                            .multiply(BigInteger.valueOf(b.getLong(i * n + at % n))));
                }
                HostArray want = HostArray.allocate(dtype, 1);
                want.setLong(0, sum.longValue());
                assertEquals(want.getLong(0), got.getLong(at), dtype + " " + m + "x" + k + "x" + n + " element " + at);
            }
        }
    }

    @Test
    void theSameBitsWithOneTwoAndFourThreads() {
        for (boolean vector : new boolean[] {false, true}) {
            MatmulSpec s = MatmulSpec.of(DType.F32, 150, 333, 600, false, true);
            var random = new Random(1);
            HostArray a = random(DType.F32, 150 * 333, random);
            HostArray b = random(DType.F32, 333 * 600, random);
            HostArray c = HostArray.allocate(DType.F32, 150 * 600);
            float[] one = (float[]) run(s, a, b, null, c, 1, vector).array();
            assertArrayEquals(one, (float[]) run(s, a, b, null, c, 2, vector).array());
            assertArrayEquals(one, (float[]) run(s, a, b, null, c, 4, vector).array());
        }
    }

    @Test
    void aSumOverNothingIsTheBias() {
        MatmulSpec s = MatmulSpec.of(DType.F64, 2, 0, 3, false, false).withBias(DType.F64);
        HostArray bias = HostArray.wrap(DType.F64, new double[] {1, 2, 3});
        HostArray none = HostArray.allocate(DType.F64, 0);
        HostArray got = run(s, none, none, bias, random(DType.F64, 6, new Random(1)), 1, true);
        assertArrayEquals(new double[] {1, 2, 3, 1, 2, 3}, (double[]) got.array());
    }

    @Test
    void repeatedOperandsAndColumnsApart() {
        // B is one row of three, repeated for every k; C is stored transposed.
        MatmulSpec s = new MatmulSpec(DType.I64, DType.I64, List.of(), 2, 3, 2, List.of(2L, 1L), List.of(0L, 1L),
                List.of(1L, 2L), null, PostOps.NONE);
        HostArray a = HostArray.wrap(DType.I64, new long[] {1, 2, 3, 4});
        HostArray b = HostArray.wrap(DType.I64, new long[] {5, 6, 7});
        HostArray got = run(s, a, b, null, HostArray.allocate(DType.I64, 6), 1, true);
        assertArrayEquals(new long[] {15, 35, 18, 42, 21, 49}, (long[]) got.array());
    }

    @Test
    void whatItCannotDoItSays() {
        assertFalse(JavaGemm.supports(MatmulSpec.dense(DType.BOOL, 1, 1, 1)));
        MatmulSpec gelu = MatmulSpec.dense(DType.F32, 1, 1, 1).withPost(PostOps.of(Activation.GELU_ERF));
        try (var team = new Team(1)) {
            var e = assertThrows(IllegalArgumentException.class, () -> new JavaGemm(team, gelu));
            assertTrue(e.getMessage().contains("GELU_ERF"), e.getMessage());
        }
    }
}
