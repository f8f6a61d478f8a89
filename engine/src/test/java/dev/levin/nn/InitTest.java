package dev.levin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InitTest {
    private static final Shape WEIGHT = Shape.of(60, 40, 3);

    @BeforeEach
    void seed() {
        Generator.global().manualSeed(7);
    }

    private static double std(Init init) {
        return init.make(WEIGHT, DType.F64).std().item();
    }

    private static double largest(Init init) {
        return init.make(WEIGHT, DType.F64).abs().max().item();
    }

    @Test
    void spreadFollowsTheFans() {
        double in = 40 * 3;
        double out = 60 * 3;
        assertEquals(Math.sqrt(2 / (in + out)), std(Init.xavierNormal()), 0.003);
        assertEquals(Math.sqrt(2 / (in + out)), std(Init.xavierUniform()), 0.003);
        assertEquals(Math.sqrt(6 / (in + out)), largest(Init.xavierUniform()), 0.001);
        assertEquals(Math.sqrt(2 / in), std(Init.kaimingNormal(Init.Fan.IN, Init.Gain.RELU)), 0.004);
        assertEquals(Math.sqrt(2 / out), std(Init.kaimingUniform(Init.Fan.OUT, Init.Gain.RELU)), 0.004);
        assertEquals(1 / Math.sqrt(in), std(Init.lecunNormal()), 0.003);
        assertEquals(Math.sqrt(2 / (1 + 5.0)) * Math.sqrt(3 / in), largest(Init.kaimingUniform(Init.Fan.IN, Init.Gain.leakyRelu(Math.sqrt(5)))), 0.001);
    }

    @Test
    void defaultsOfLinearAndConvolutionsAreThoseOfPyTorch() {
        Linear l = new Linear(100, 300);
        assertEquals(0.1, l.weight.abs().max().item(), 1e-4);
        assertEquals(0.1 / Math.sqrt(3), l.weight.std().item(), 1e-3);
        assertEquals(0.1, l.bias.abs().max().item(), 2e-3);
        Conv2d c = new Conv2d(8, 64, 3, ConvOptions.DEFAULT.groups(2));
        assertEquals(1 / Math.sqrt(4 * 9), c.weight.abs().max().item(), 1e-3);
    }

    @Test
    void aTruncatedNormalStaysInsideAndKeepsItsShape() {
        Tensor t = Init.truncNormal(1, 2, 0, 2).make(Shape.of(20_000), DType.F64);
        assertTrue(t.min().item() >= 0 && t.max().item() <= 2);
        // Symmetric about the mean; variance of a normal cut at half a standard deviation on both sides.
        double half = 0.5;
        double phi = Math.exp(-half * half / 2) / Math.sqrt(2 * Math.PI);
        double variance = 4 * (1 - 2 * half * phi / 0.38292492254802624);
        assertEquals(1, t.mean().item(), 0.02);
        assertEquals(variance, t.var().item(), 0.02);
    }

    @Test
    void orthogonalMatricesAre() {
        for (int[] dims : new int[][] {{5, 5}, {3, 7}, {7, 3}, {4, 2, 3}}) {
            Tensor w = Init.orthogonal(2).make(Shape.of(dims), DType.F64).flatten(1, -1);
            Tensor gram = w.size(0) <= w.size(1) ? w.matmul(w.t()) : w.t().matmul(w);
            int n = gram.size(0);
            double[] want = new double[n * n];
            for (int i = 0; i < n; i++) {
                want[i * n + i] = 4;
            }
            assertArrayEquals(want, gram.toDoubles(), 1e-10);
        }
    }

    @Test
    void sparseColumnsHaveTheFractionOfZeros() {
        Tensor w = Init.sparse(0.3, 1).make(Shape.of(10, 6), DType.F64);
        assertArrayEquals(new long[] {3, 3, 3, 3, 3, 3}, w.eq(0.0).to(DType.I64).sum(0).toLongs());
    }

    @Test
    void aDiracConvolutionReturnsItsInput() {
        Tensor x = Tensor.randn(2, 4, 5, 6);
        Tensor w = Init.dirac(1).make(Shape.of(4, 4, 3, 3), DType.F32);
        assertArrayEquals(x.toFloats(), Functional.conv2d(x, w, null, 1, 1).toFloats());
        Tensor grouped = Init.dirac(2).make(Shape.of(4, 2, 3, 3), DType.F32);
        assertArrayEquals(x.toFloats(),
                Functional.conv2d(x, grouped, null, new int[] {1}, Padding.of(1), new int[] {1}, 2).toFloats());
        assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0}, Init.eye().make(Shape.of(2, 3), DType.F32).toFloats());
    }

    @Test
    void theSameSeedGivesTheSameParameters() {
        float[] a = new Linear(5, 5).weight.toFloats();
        Generator.global().manualSeed(7);
        assertArrayEquals(a, new Linear(5, 5).weight.toFloats());
        assertTrue(!Arrays.equals(a, new Linear(5, 5).weight.toFloats()));
    }
}
