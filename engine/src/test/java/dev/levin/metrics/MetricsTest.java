package dev.levin.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Engine;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final Tensor TARGET = Tensor.of(new long[] {0, 1, 2, 2, 1, 0});
    private static final Tensor PREDICTED = Tensor.of(new long[] {0, 2, 2, 2, 1, 1});

    @Test
    void scoresOfASmallConfusionMatrixByHand() {
        // class 0: 1 of 2 found, predicted once; class 1: 1 of 2 found, predicted twice; class 2: 2 of 2 found, predicted 3 times
        MetricCollection all = new MetricCollection().with("micro", new Accuracy(3)).with("macro", new Accuracy(3, Average.MACRO, 1))
                .with("precision", new Precision(3, Average.MACRO)).with("recall", new Recall(3, Average.WEIGHTED))
                .with("f1", new F1Score(3, Average.MACRO)).with("matrix", new ConfusionMatrix(3));
        Step.run("val", () -> all.update(PREDICTED, TARGET));
        var values = all.compute();
        assertEquals(4 / 6.0, item(values.get("micro")), 1e-12);
        assertEquals((0.5 + 0.5 + 1) / 3, item(values.get("macro")), 1e-12);
        assertEquals((1 + 0.5 + 2 / 3.0) / 3, item(values.get("precision")), 1e-12);
        assertEquals(4 / 6.0, item(values.get("recall")), 1e-12);
        assertEquals((2 / 3.0 + 0.5 + 0.8) / 3, item(values.get("f1")), 1e-12);
        assertArrayEquals(new long[] {1, 1, 0, 0, 1, 1, 0, 0, 2}, ((Tensor) values.get("matrix")).toLongs());
    }

    private static double item(Object value) {
        return ((Tensor) value).item();
    }

    @Test
    void collectionsMergeAndHaveNamesWithAPrefix() {
        MetricCollection a = new MetricCollection().with("mse", new MeanSquaredError()).with("rank", new SpearmanCorrCoef());
        MetricCollection b = new MetricCollection().with("mse", new MeanSquaredError()).with("rank", new SpearmanCorrCoef());
        assertEquals(Set.of("val_mse", "val_rank"), a.metrics("val_").keySet());
        a.update(Tensor.of(new float[] {1, 2}), Tensor.of(new float[] {1, 4}));
        b.update(Tensor.of(new float[] {5}), Tensor.of(new float[] {0}));
        a.mergeState(b.state());
        assertEquals(29 / 3.0, item(a.compute().get("mse")), 1e-12);
        // Ranks 1 2 3 against 2 3 1.
        assertEquals(-0.5, item(a.compute().get("rank")), 1e-5);
        a.reset();
        assertThrows(IllegalStateException.class, a::compute);
        assertThrows(IllegalArgumentException.class, () -> a.with("mse", new MeanAbsoluteError()));
        assertThrows(IllegalArgumentException.class, () -> a.loadState(List.of()));
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
        assertThrows(IllegalArgumentException.class, () -> a.merge(new MeanAbsoluteError()));
    }

    @Test
    void meansAreWeightedAndNothingGivesNaN() {
        MeanMetric m = new MeanMetric();
        assertTrue(Double.isNaN(m.compute().item()));
        m.update(Tensor.scalar(2), 3);
        m.update(Tensor.scalar(6), 1);
        assertEquals(3, m.compute().item());
        assertTrue(Double.isNaN(new MeanAbsoluteError().compute().item()));
        assertEquals(0, new Accuracy(3).compute().item());
        assertTrue(Double.isNaN(new R2Score().compute().item()));
    }

    @Test
    void updatesInsideStepsNeedNoPlanOfTheirOwnAfterTheFirst() {
        AUROC auroc = new AUROC(Task.binary());
        Tensor p = Tensor.of(new float[] {0.1f, 0.4f, 0.35f, 0.8f});
        Tensor t = Tensor.of(new long[] {0, 0, 1, 1});
        long before = 0;
        for (int i = 0; i < 5; i++) {
            Step.run("val", () -> auroc.update(p, t));
            long plans = Engine.plans(Device.CPU).misses();
            assertTrue(i < 2 || plans == before, plans + " plans after step " + i);
            before = plans;
        }
        assertEquals(0.75, auroc.compute().item(), 1e-12);
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheShapes() {
        assertThrows(IllegalArgumentException.class, () -> Task.multiclass(1));
        assertThrows(IllegalArgumentException.class, () -> Task.multiclass(3).topK(4));
        assertThrows(IllegalArgumentException.class, () -> Task.binary().topK(2));
        assertThrows(IllegalArgumentException.class, () -> Task.binary().threshold(1.5));
        assertThrows(IllegalArgumentException.class, () -> new Accuracy(3).update(Tensor.zeros(4, 2), TARGET.narrow(0, 0, 4)));
        assertThrows(IllegalArgumentException.class, () -> new Accuracy(3).update(Tensor.zeros(6), TARGET));
        assertThrows(IllegalArgumentException.class, () -> new Accuracy(Task.multiclass(3).topK(2)).update(PREDICTED, TARGET));
        assertThrows(IllegalArgumentException.class, () -> new AUROC(Task.multiclass(3).average(Average.MICRO)));
        assertThrows(IllegalArgumentException.class, () -> new AUROC(Task.binary()).update(TARGET, TARGET));
        assertThrows(IllegalArgumentException.class, () -> new CohenKappa(Task.multilabel(3), CohenKappa.Weights.NONE));
        assertThrows(IllegalArgumentException.class, () -> new R2Score().loadState(List.of(Tensor.zeros(2))));
    }
}
