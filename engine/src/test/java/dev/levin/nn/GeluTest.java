package dev.levin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** GELU and its derivatives; expected values are PyTorch's in F64. */
class GeluTest {
    private static final double[] X = {-6, -3, -1, -0.5, 0, 0.25, 1, 2.5, 7};
    private static final double[] VALUE = {-5.91952586948e-09, -0.00404969409489, -0.158655253931, -0.154268769363, 0, 0.149676581421,
        0.841344746069, 2.48447583669, 6.99999999999};
    private static final double[] FIRST = {-3.5468709454e-08, -0.0119456472042, -0.0833154705877, 0.132504875344, 0.5, 0.695373354884,
        1.08331547059, 1.03761108591, 1.00000000006};
    private static final double[] SECOND = {-2.06580016894e-07, -0.0310229388836, 0.241970724519, 0.616114321838, 0.797884560803, 0.749169476306,
        0.241970724519, -0.0744952770977, -4.29331859193e-10};

    @Test
    void valueAndTwoDerivativesArePyTorchs() {
        Tensor x = Tensor.of(X).requiresGrad();
        Tensor y = Functional.gelu(x);
        Tensor first = Tensor.grad(List.of(y.sum()), List.of(x), null, true).getFirst();
        Tensor second = Tensor.grad(List.of(first.sum()), List.of(x), null, false).getFirst();
        assertArrayEquals(VALUE, y.toDoubles(), 1e-11);
        assertArrayEquals(FIRST, first.toDoubles(), 1e-11);
        assertArrayEquals(SECOND, second.toDoubles(), 1e-11);
    }

    @Test
    void stepsThatAreRecalledHaveTheGradientOfTheirInput() {
        for (int k = 0; k < 6; k++) {
            double shift = 0.25 * k;
            Tensor base = Tensor.of(new double[] {-0.5 - shift, 0.25 + shift}).requiresGrad();
            Step.run("gelu", () -> {
                Functional.gelu(base).sum().backward();
                return base.grad();
            });
            double[] g = base.grad().toDoubles();
            double[] x = {-0.5 - shift, 0.25 + shift};
            for (int i = 0; i < 2; i++) {
                // by a central difference
                double h = 1e-5;
                double up = Functional.gelu(Tensor.of(new double[] {x[i] + h})).toDoubles()[0];
                double down = Functional.gelu(Tensor.of(new double[] {x[i] - h})).toDoubles()[0];
                assertEquals((up - down) / (2 * h), g[i], 1e-8);
            }
        }
    }
}
