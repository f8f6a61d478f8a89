package dev.levin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.nn.Functional;
import dev.levin.type.DType;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AutogradTest {
    private static final double[] X = {0.5, -1.25, 2};

    private static Tensor x() {
        return Tensor.of(X);
    }

    @Test
    void aStraightThroughEstimatorPassesTheGradientAsItIs() {
        CustomFunction round = CustomFunction.of(in -> in[0].round(), (y, in, g) -> new Tensor[] {g.mul(3)});
        Tensor a = x().requiresGrad();
        Tensor y = round.apply(a);
        y.mul(y).sum().backward();
        assertArrayEquals(new double[] {0, -1, 2}, y.toDoubles());
        assertArrayEquals(new double[] {0, -6, 12}, a.grad().toDoubles());
    }

    @Test
    void aCustomGradientInTensorFunctionsIsDifferentiatedAgain() {
        CustomFunction cube = CustomFunction.of(in -> in[0].pow(3), (y, in, g) -> new Tensor[] {g.mul(in[0].square().mul(3))});
        assertArrayEquals(new double[] {3, -7.5, 12}, Autograd.hvp(t -> cube.apply(t).sum(), x(), Tensor.onesLike(x())).toDoubles(), 1e-12);
    }

    @Test
    void jacobianVectorProductsAgreeWithTheJacobian() {
        UnaryOperator<Tensor> f = t -> Tensor.stack(List.of(t.select(0, 0).mul(t.select(0, 1)), t.select(0, 2).exp()), 0);
        double e = Math.exp(2);
        assertArrayEquals(new double[] {-1.25, 0.5, 0, 0, 0, e}, Autograd.jacobian(f, x()).toDoubles(), 1e-12);
        Tensor v = Tensor.of(new double[] {1, 2, 3});
        assertArrayEquals(new double[] {-0.25, 3 * e}, Autograd.jvp(f, x(), v).toDoubles(), 1e-12);
        assertArrayEquals(new double[] {-1.25, 0.5, 2 * e}, Autograd.vjp(f, x(), Tensor.of(new double[] {1, 2})).toDoubles(), 1e-12);
        assertArrayEquals(new double[] {6, 0, 0, 0, 6, 0, 0, 0, 6}, Autograd.hessian(t -> t.square().sum().mul(3), x()).toDoubles(), 1e-12);
    }

    private static Tensor region(Tensor t, Tensor w) {
        return Functional.dropout(t.mul(w).exp().sin(), 0.5, true).exp();
    }

    @Test
    void aCheckpointedRegionHasTheSameGradientsAndTheSameDropout() {
        double[][] grads = new double[2][];
        double[][] weights = new double[2][];
        for (int k = 0; k < 2; k++) {
            boolean checkpointed = k == 1;
            Generator.global().manualSeed(5);
            Tensor a = Tensor.linspace(-1, 1, 64).requiresGrad();
            Parameter w = new Parameter("w", Tensor.full(a.shape(), 0.7, DType.F32));
            Step.run("checkpoint", () -> {
                Tensor in = a.mul(2);
                Tensor y = checkpointed ? Checkpoint.run(t -> region(t, w), in) : region(in, w);
                y.square().sum().backward();
                return List.of(a.grad());
            });
            grads[k] = a.grad().toDoubles();
            weights[k] = w.grad().toDoubles();
        }
        assertArrayEquals(grads[0], grads[1], 1e-6);
        assertArrayEquals(weights[0], weights[1], 1e-6);
        assertTrue(java.util.Arrays.stream(grads[0]).anyMatch(v -> v == 0) && java.util.Arrays.stream(grads[0]).anyMatch(v -> v != 0));
    }

    private static long count(Tensor gradient, Op op) {
        Program p = Canonicalizer.canonicalize(List.of(gradient.node()), Map.of()).program();
        long n = 0;
        for (int i = 0; i < p.size(); i++) {
            n += p.instr(i).op() == op ? 1 : 0;
        }
        return n;
    }

    @Test
    void theInsideOfACheckpointedRegionIsComputedAgainForTheGradient() {
        Tensor a = x().requiresGrad();
        UnaryOperator<Tensor> f = t -> t.sin().cosh();
        Tensor plain = Tensor.grad(List.of(f.apply(a).square().sum()), List.of(a), null, false).getFirst();
        Tensor again = Tensor.grad(List.of(Checkpoint.run(f, a).square().sum()), List.of(a), null, false).getFirst();
        assertEquals(1, count(plain, Op.SIN));
        assertEquals(2, count(again, Op.SIN));
        assertArrayEquals(plain.toDoubles(), again.toDoubles(), 1e-12);
    }

    @Test
    void anomalyModeNamesTheOperationAndTheLine() {
        Tensor a = Tensor.of(new float[] {0, 1}).requiresGrad();
        try (Anomaly _ = Anomaly.detect()) {
            Tensor y = a.sqrt().mul(0).sum();
            ArithmeticException e = assertThrows(ArithmeticException.class, y::backward);
            assertTrue(e.getMessage().contains("NaN in the gradient of SQRT F32[2] by its input 0"), e.getMessage());
            assertTrue(e.getMessage().contains("the gradient that came in has none"), e.getMessage());
        }
        Tensor b = Tensor.of(new float[] {4, 1}).requiresGrad();
        b.sqrt().mul(0).sum().backward();
        assertArrayEquals(new float[] {0, 0}, b.grad().toFloats());
    }
}
