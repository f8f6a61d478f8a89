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
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MatmulTest {
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

    /** The definition, element by element, over the strides of the specification. */
    private static double[] expected(MatmulSpec s, NativeArray a, NativeArray b, NativeArray bias, NativeArray c,
            DoubleUnaryOperator activation) {
        double[] av = a.doubles();
        double[] bv = b.doubles();
        double[] cv = c.doubles();
        double[] biasV = bias == null ? null : bias.doubles();
        int nb = s.batch().size();
        long matrices = s.batch().stream().reduce(1L, (x, y) -> x * y);
        for (long i = 0; i < matrices; i++) {
            long ia = 0;
            long ib = 0;
            long ic = 0;
            long rest = i;
            for (int d = nb - 1; d >= 0; d--) {
                long at = rest % s.batch().get(d);
                rest /= s.batch().get(d);
                ia += at * s.aStrides().get(d);
                ib += at * s.bStrides().get(d);
                ic += at * s.cStrides().get(d);
            }
            for (int m = 0; m < s.m(); m++) {
                for (int n = 0; n < s.n(); n++) {
                    double sum = 0;
                    for (int k = 0; k < s.k(); k++) {
                        sum += av[(int) (ia + m * s.aStrides().get(nb) + k * s.aStrides().get(nb + 1))]
                                * bv[(int) (ib + k * s.bStrides().get(nb) + n * s.bStrides().get(nb + 1))];
                    }
                    int at = (int) (ic + m * s.cStrides().get(nb) + n * s.cStrides().get(nb + 1));
                    sum += biasV == null ? 0 : biasV[n];
                    sum += s.post().accumulate() ? cv[at] : 0;
                    cv[at] = activation.applyAsDouble(sum);
                }
            }
        }
        return cv;
    }

    private static long span(List<Long> batch, long rows, long cols, List<Long> strides) {
        long last = 1;
        for (int i = 0; i < batch.size(); i++) {
            last += (batch.get(i) - 1) * strides.get(i);
        }
        return last + (rows - 1) * strides.get(batch.size()) + (cols - 1) * strides.get(batch.size() + 1);
    }

    private static double tolerance(MatmulSpec s) {
        return switch (s.output()) {
            case F32 -> 2e-6 * Math.sqrt(s.k()) + 1e-6;
            case BF16 -> 1.0 / 200;
            default -> 1.0 / 1500;
        };
    }

    private static void check(MatmulSpec s) {
        check(s, x -> x);
    }

    private static void check(MatmulSpec s, DoubleUnaryOperator activation) {
        var random = new Random(17);
        var a = NativeArray.random(s.input(), span(s.batch(), s.m(), s.k(), s.aStrides()), random);
        var b = NativeArray.random(s.input(), span(s.batch(), s.k(), s.n(), s.bStrides()), random);
        var c = NativeArray.random(s.output(), span(s.batch(), s.m(), s.n(), s.cStrides()), random);
        var bias = s.bias() == null ? null : NativeArray.random(s.bias(), s.n(), random);
        double[] want = expected(s, a, b, bias, c, activation);
        Matmul op = dnnl.matmul(s);
        assertTrue(op.isOptimized(), s + " runs on " + op.implementation());
        op.run(a.address(), b.address(), bias == null ? 0 : bias.address(), c.address());
        assertClose(want, c.doubles(), tolerance(s), s.toString());
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,7,1", "5,1,3", "1,64,128", "128,64,1", "3,5,7", "17,33,65", "64,784,128", "130,31,257",
        "300,20,300", "33,512,512"})
    void allFourTransposesOfAwkwardShapes(long m, long k, long n) {
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                check(MatmulSpec.of(DType.F32, m, k, n, ta, tb));
            }
        }
    }

    @Test
    void rowsFurtherApartThanTheirLengthAndEveryOtherColumn() {
        check(new MatmulSpec(DType.F32, DType.F32, List.of(), 9, 11, 13, List.of(20L, 1L), List.of(1L, 17L), List.of(15L, 1L),
                null, PostOps.NONE));
        check(new MatmulSpec(DType.F32, DType.F32, List.of(), 9, 11, 13, List.of(40L, 3L), List.of(2L, 31L), List.of(11L, 1L),
                null, PostOps.NONE));
    }

    @Test
    void batchesSmallAndLargeRepeatedAndInterleaved() {
        check(MatmulSpec.of(DType.F32, 5, 6, 7, false, true).batched(11));
        check(MatmulSpec.of(DType.F32, 130, 64, 80, true, false).batched(3));
        // B is shared by the batch; A's batches are interleaved row by row.
        check(new MatmulSpec(DType.F32, DType.F32, List.of(4L), 6, 5, 8, List.of(8L, 32L, 1L), List.of(0L, 5L, 1L),
                List.of(30L, 5L, 1L), null, PostOps.NONE));
    }

    @Test
    void attentionScoresWithoutCopyingHeads() {
        long batch = 3;
        long heads = 4;
        long time = 10;
        long width = 8;
        // Q and K are [B, T, H, D] seen as [B, H, T, D]; scores are [B, H, T, T].
        var q = List.of(time * heads * width, width, heads * width, 1L);
        var kt = List.of(time * heads * width, width, 1L, heads * width);
        check(new MatmulSpec(DType.F32, DType.F32, List.of(batch, heads), time, time, width, q, kt,
                List.of(heads * time * time, time * time, time, 1L), null, PostOps.NONE));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void biasAccumulationAndActivationInOneCall(Activation activation) {
        DoubleUnaryOperator f = switch (activation) {
            case NONE -> x -> x;
            case RELU -> x -> Math.max(x, 0);
            case TANH -> Math::tanh;
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case SILU -> x -> x / (1 + Math.exp(-x));
            case GELU_TANH -> x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> x -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
        };
        check(MatmulSpec.of(DType.F32, 37, 5, 200, false, true).withBias(DType.F32).withPost(new PostOps(true, activation)), f);
        check(MatmulSpec.of(DType.F32, 70, 300, 300, false, false).withBias(DType.F32)
                .withPost(PostOps.of(activation)).batched(2), f);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void nanSurvivesEveryActivation(Activation activation) {
        for (long batch : new long[] {1, 5}) {
            for (long n : new long[] {3, 200}) {
                MatmulSpec s = MatmulSpec.of(DType.F32, 4, 1, n, false, false).withPost(PostOps.of(activation)).batched(batch);
                var a = NativeArray.of(new float[(int) (4 * batch)]);
                float[] rows = {Float.NaN, activation == Activation.RELU ? Float.NEGATIVE_INFINITY : -5, -2, 3};
                for (int i = 0; i < 4 * batch; i++) {
                    a.segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, rows[i % 4]);
                }
                float[] ones = new float[(int) (n * batch)];
                Arrays.fill(ones, 1);
                var c = new NativeArray(DType.F32, 4 * n * batch);
                dnnl.matmul(s).run(a.address(), NativeArray.of(ones).address(), 0, c.address());
                double[] got = c.doubles();
                for (int i = 0; i < got.length; i++) {
                    int row = (int) (i / n % 4);
                    assertEquals(row == 0, Double.isNaN(got[i]), activation + " of " + rows[row] + " is " + got[i]);
                    if (activation == Activation.RELU && row > 0) {
                        assertEquals(row == 3 ? 3.0 : 0.0, got[i]);
                    }
                }
            }
        }
    }

    /** Series of the error function; exact to double precision for the arguments here. */
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 120; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"BF16", "F16"})
    void sixteenBitInputsAreSummedInFloat(DType half) {
        assumeTrue(Dnnl.features().orElseThrow().supports(half), half + " is not supported on this CPU");
        for (boolean t : new boolean[] {false, true}) {
            check(MatmulSpec.of(half, 33, 129, 70, t, !t));
            check(MatmulSpec.of(half, 33, 129, 70, !t, t).withOutput(DType.F32));
        }
        check(MatmulSpec.of(half, 64, 200, 256, false, true).withBias(half));
        check(MatmulSpec.of(half, 64, 200, 256, false, true).withPost(PostOps.of(Activation.RELU)), x -> Math.max(x, 0));
        check(MatmulSpec.of(half, 6, 20, 16, false, true).withOutput(DType.F32).withPost(PostOps.ACCUMULATE).batched(5));
    }

    @ParameterizedTest
    @CsvSource({"64,784,128,1", "256,784,512,1", "33,100,1000,1", "1000,100,33,1", "128,64,64,9", "7,9,11,500"})
    void theSameBitsWithOneTwoAndFourThreads(long m, long k, long n, long batch) {
        for (int mode = 0; mode < 4; mode++) {
            MatmulSpec spec = MatmulSpec.of(DType.F32, m, k, n, (mode & 1) != 0, (mode & 2) != 0).batched(batch);
            var random = new Random(3);
            var a = NativeArray.random(DType.F32, m * k * batch, random);
            var b = NativeArray.random(DType.F32, k * n * batch, random);
            NativeArray first = null;
            for (int threads : new int[] {1, 2, 4}) {
                var c = new NativeArray(DType.F32, m * n * batch);
                try (var t = new Team(threads); var d = Dnnl.open(t)) {
                    d.matmul(spec).run(a.address(), b.address(), 0, c.address());
                }
                first = first == null ? c : first;
                assertSameBits(first, c, spec + " on " + threads + " threads");
            }
        }
    }

    @Test
    void largeProductsAreCutAndSmallOnesAreNot() {
        assertEquals(1, dnnl.matmul(MatmulSpec.dense(DType.F32, 16, 16, 16)).tasks());
        assertTrue(dnnl.matmul(MatmulSpec.dense(DType.F32, 64, 784, 128)).tasks() >= 2);
        assertTrue(dnnl.matmul(MatmulSpec.dense(DType.F32, 1024, 1024, 1024)).tasks() >= 8);
    }

    @Test
    void emptyProductsDoNothingAndEmptySumsAreRefused() {
        dnnl.matmul(MatmulSpec.dense(DType.F32, 0, 4, 3)).run(0, 0, 0, 0);
        dnnl.matmul(MatmulSpec.dense(DType.F32, 2, 4, 3).batched(0)).run(0, 0, 0, 0);
        assertFalse(dnnl.supports(MatmulSpec.dense(DType.F32, 2, 0, 3)));
    }

    @Test
    void typesTheLibraryLacksAreReportedNotComputedWrongly() {
        assertFalse(dnnl.supports(MatmulSpec.dense(DType.F64, 2, 3, 4)));
        var e = assertThrows(IllegalArgumentException.class, () -> dnnl.matmul(MatmulSpec.dense(DType.F64, 2, 3, 4)));
        assertTrue(e.getMessage().contains("F64"), e.getMessage());
    }
}
