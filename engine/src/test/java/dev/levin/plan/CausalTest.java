package dev.levin.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.nn.Functional;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which operands of products are known to be triangles. */
class CausalTest {
    private final Models models = new Models();

    /** Zeros of the first operand of each product, in order. */
    private static List<Causal.Zeros> firstOperands(Program p) {
        List<Causal.Zeros> all = new ArrayList<>();
        for (int i = 0; i < p.size(); i++) {
            if (p.instr(i).op() == Op.MATMUL) {
                all.add(Causal.zeros(p, p.instr(i).inputs()[0]));
            }
        }
        return all;
    }

    private Program attention(boolean causal, boolean gradient, Tensor mask, double dropout) {
        Parameter q = models.parameter("q", 1, 2, 6, 4);
        Parameter k = models.parameter("k", 1, 2, 6, 4);
        Parameter v = models.parameter("v", 1, 2, 6, 4);
        return Normalizer.normalize(Programs.of(() -> {
            Tensor y = Functional.scaledDotProductAttention(q, k, v, mask, dropout, causal);
            if (!gradient) {
                return y;
            }
            List<Tensor> g = Tensor.grad(List.of(y.square().sum()), List.of(q, k, v), null, false);
            return g.get(0).add(g.get(1)).add(g.get(2));
        }));
    }

    private static long count(List<Causal.Zeros> all, Causal.Zeros z) {
        return all.stream().filter(x -> x == z).count();
    }

    @Test
    void weightsAndTheirGradientsAreTriangles() {
        List<Causal.Zeros> all = firstOperands(attention(true, true, null, 0));
        assertEquals(6, all.size());
        // weights by values and the query's gradient; the key's and the value's gradient
        assertEquals(2, count(all, Causal.Zeros.ABOVE), all::toString);
        assertEquals(2, count(all, Causal.Zeros.BELOW), all::toString);
    }

    @Test
    void droppedWeightsAndAddedMasksKeepTheTriangle() {
        assertEquals(List.of(Causal.Zeros.NONE, Causal.Zeros.ABOVE), firstOperands(attention(true, false, models.data(6, 6), 0)));
        assertEquals(List.of(Causal.Zeros.NONE, Causal.Zeros.ABOVE), firstOperands(attention(true, false, null, 0.5)));
    }

    @Test
    void nothingElseIsATriangle() {
        assertEquals(6, count(firstOperands(attention(false, true, null, 0)), Causal.Zeros.NONE));
        Tensor other = models.data(6, 6).gt(0);
        assertEquals(6, count(firstOperands(attention(false, true, other, 0)), Causal.Zeros.NONE));
        Tensor x = models.data(2, 6, 6);
        Tensor row = Tensor.arange(6).reshape(6, 1);
        Tensor column = Tensor.arange(6);
        Tensor y = models.data(2, 6, 3);
        // on the other side of the diagonal
        assertEquals(List.of(Causal.Zeros.NONE), firstOperands(Normalizer.normalize(Programs.of(
                () -> row.le(column).where(x, Tensor.zerosLike(x)).matmul(y)))));
    }
}
