package dev.levin.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Tensor TARGET = Tensor.of(new long[] {0, 1, 2, 2, 1, 0});
    private static final Tensor PREDICTED = Tensor.of(new long[] {0, 2, 2, 2, 1, 1});

    @Test
    void scoresOfASmallConfusionMatrixByHand() {
        // class 0: 1 of 2 found, predicted once; class 1: 1 of 2 found, predicted twice; class 2: 2 of 2 found, predicted 3 times
        Accuracy micro = new Accuracy(3);
        micro.update(PREDICTED, TARGET);
        assertEquals(4 / 6.0, micro.compute().item(), 1e-12);
        Accuracy macro = new Accuracy(3, Average.MACRO, 1);
        macro.update(PREDICTED, TARGET);
        assertEquals((0.5 + 0.5 + 1) / 3, macro.compute().item(), 1e-12);
        Precision precision = new Precision(3, Average.MACRO);
        precision.update(PREDICTED, TARGET);
        assertEquals((1 + 0.5 + 2 / 3.0) / 3, precision.compute().item(), 1e-12);
        Recall recall = new Recall(3, Average.WEIGHTED);
        recall.update(PREDICTED, TARGET);
        assertEquals(4 / 6.0, recall.compute().item(), 1e-12);
        F1 f1 = new F1(3);
        f1.update(PREDICTED, TARGET);
        assertEquals((2 / 3.0 + 0.5 + 0.8) / 3, f1.compute().item(), 1e-12);
    }

    @Test
    void logitsAndTopK() {
        Accuracy top2 = new Accuracy(3, Average.MICRO, 2);
        top2.update(Tensor.of(new float[][] {{1, 2, 3}, {3, 2, 1}, {1, 3, 2}}), Tensor.of(new long[] {1, 2, 0}));
        assertEquals(1 / 3.0, top2.compute().item(), 1e-12);
    }

    @Test
    void updatesAddUpOverStepsAndMergeAndReset() {
        MeanSquaredError a = new MeanSquaredError();
        MeanSquaredError b = new MeanSquaredError();
        Step.run("a", () -> a.update(Tensor.of(new float[] {1, 2}), Tensor.of(new float[] {1, 4})));
        Step.run("b", () -> b.update(Tensor.of(new float[] {5}), Tensor.of(new float[] {0})));
        assertEquals(2, a.compute().item());
        a.merge(b);
        assertEquals(29 / 3.0, a.compute().item(), 1e-12);
        a.reset();
        a.update(Tensor.of(new float[] {3}), Tensor.of(new float[] {1}));
        assertEquals(4, a.compute().item());
        assertThrows(IllegalArgumentException.class, () -> a.update(Tensor.zeros(3), Tensor.zeros(3, 1)));
    }

    @Test
    void meansAreWeighted() {
        MeanMetric m = new MeanMetric();
        m.update(Tensor.scalar(2), 3);
        m.update(Tensor.scalar(6), 1);
        assertEquals(3, m.compute().item());
    }
}
