package dev.levin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.StaleTensorException;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {
    @Test
    void gradientOfASumOfSquaresIsTwiceTheInput() {
        Tensor x = Tensor.of(new float[] {1, 2, 3}).requiresGrad();
        Tensor y = x.mul(x).sum();
        y.backward();
        assertEquals("tensor([2., 4., 6.])", x.grad().toString());
        assertEquals(14, y.item());
    }

    @Test
    void viewsAndIndexing() {
        Tensor a = Tensor.arange(12).reshape(3, 4);
        assertArrayEquals(new long[] {1, 2, 3}, a.get(0, Slice.from(1)).toLongs());
        assertArrayEquals(new long[] {11, 10, 9, 8}, a.get(-1, Slice.of(null, null, -1)).toLongs());
        assertArrayEquals(new long[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, a.transpose(0, 1).toLongs());
        assertArrayEquals(new long[] {8, 9, 10, 11, 0, 1, 2, 3}, a.get(Tensor.of(new long[] {2, 0})).toLongs());
        assertArrayEquals(new long[] {10, 11}, a.get(a.gt(9)).toLongs());
        assertArrayEquals(new long[] {0, 7, 2, 3, 4, 7, 6, 7, 8, 7, 10, 7},
                a.withSet(Tensor.scalar(7, DType.I64), Tensor.ELLIPSIS, 1).withSet(Tensor.scalar(7, DType.I64), Slice.from(1), 3).toLongs());
        assertEquals(List.of(2, 2), a.split(2, 1).stream().map(t -> t.size(1)).toList());
        assertEquals(24, Tensor.cat(List.of(a, a), 0).numel());
        assertThrows(IndexOutOfBoundsException.class, () -> a.get(3));
    }

    @Test
    void aStepKeepsWhatItReturnsAndWhatItAssigns() {
        Parameter w = new Parameter("w", Tensor.of(new float[] {1, 2}));
        Tensor[] leaked = new Tensor[1];
        Tensor loss = Step.run("train", () -> {
            leaked[0] = w.mul(3);
            Tensor l = leaked[0].sum();
            l.backward();
            w.set(w.sub(w.grad().mul(0.5)));
            return l;
        });
        assertEquals(9, loss.item());
        assertArrayEquals(new float[] {-0.5f, 0.5f}, w.toFloats());
        assertArrayEquals(new float[] {3, 3}, w.grad().toFloats());
        StaleTensorException e = assertThrows(StaleTensorException.class, () -> leaked[0].toFloats());
        assertTrue(e.getMessage().contains("keep()"), e.getMessage());
        w.zeroGrad();
        assertNull(w.grad());
    }

    @Test
    void gradientsAddUpOverSteps() {
        Parameter w = new Parameter("w", Tensor.of(new float[] {1, 2}));
        for (int i = 0; i < 3; i++) {
            Step.run("train", () -> w.mul(2).sum().backward());
        }
        assertArrayEquals(new float[] {6, 6}, w.grad().toFloats());
    }

    @Test
    void readingAValueInsideAStepSeesPendingState() {
        State s = new State("count", Variable.Kind.METRIC, Tensor.scalar(1));
        Step.run("count", () -> {
            s.set(s.add(1.0));
            assertEquals(2, s.item());
            s.set(s.mul(5.0));
        });
        assertEquals(10, s.item());
    }

    @Test
    void outsideStepsAnOldValueSurvivesWhenKept() {
        Parameter w = new Parameter("w", Tensor.of(new float[] {1, 2}));
        Tensor lost = w.mul(2);
        Tensor kept = w.mul(3).keep();
        w.set(w.add(1.0));
        Engine.flush();
        assertArrayEquals(new float[] {3, 6}, kept.toFloats());
        assertThrows(StaleTensorException.class, lost::toFloats);
    }

    @Test
    void randomDrawsAreReproducibleAndSaved() {
        Generator g = new Generator(7);
        Tensor a = Random.normal(g, dev.levin.type.Shape.of(5), DType.F32);
        long[] state = g.state();
        float[] b = Random.normal(g, dev.levin.type.Shape.of(5), DType.F32).toFloats();
        Generator h = new Generator(0);
        h.setState(state);
        assertArrayEquals(b, Random.normal(h, dev.levin.type.Shape.of(5), DType.F32).toFloats());
        g.manualSeed(7);
        assertArrayEquals(a.toFloats(), Random.normal(g, dev.levin.type.Shape.of(5), DType.F32).toFloats());
    }

    @Test
    void matmulFollowsPyTorchsShapes() {
        Tensor a = Tensor.arange(6).reshape(2, 3).to(DType.F32);
        Tensor v = Tensor.of(new float[] {1, 0, 2});
        assertArrayEquals(new float[] {4, 13}, a.matmul(v).toFloats());
        assertEquals("[4, 2, 2]", Tensor.zeros(4, 2, 3).matmul(a.t()).shape().toString());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> a.matmul(a));
        assertTrue(e.getMessage().contains("[2, 3] and [2, 3]"), e.getMessage());
    }

    @Test
    void printsAsPyTorch() {
        assertEquals("tensor([[0, 1, 2],\n        [3, 4, 5]])", Tensor.arange(6).reshape(2, 3).toString());
        assertEquals("tensor(1.5000)", Tensor.scalar(1.5).toString());
        assertEquals("tensor([1.0000, 2.5000], dtype=float64)", Tensor.of(new double[] {1, 2.5}).toString());
    }

    @Test
    void readingAValueDoesNotCutItsGradient() {
        Tensor x = Tensor.of(new float[] {1, 2, 3}).requiresGrad();
        Tensor square = x.mul(x);
        assertArrayEquals(new float[] {1, 4, 9}, square.toFloats());
        Tensor loss = square.sum();
        assertEquals(14, loss.item());
        loss.backward();
        assertArrayEquals(new float[] {2, 4, 6}, x.grad().toFloats());
        Parameter w = new Parameter("w", Tensor.of(new float[] {3}));
        Step.run("train", () -> {
            Tensor l = w.mul(w).sum();
            assertEquals(9, l.item());
            l.backward();
            return null;
        });
        assertArrayEquals(new float[] {6}, w.grad().toFloats());
    }
}
