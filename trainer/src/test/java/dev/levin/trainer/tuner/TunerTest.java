package dev.levin.trainer.tuner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TunerTest {
    private static TrainerBuilder flags() {
        return Trainer.builder().accelerator("cpu");
    }

    @Test
    void case90TheSweepCountsOptimizerStepsAndTouchesNothing() {
        Trainer.seedEverything(4);
        int[] last = new int[1];
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                last[0] = i;
                return super.trainingStep(batch, i);
            }
        };
        float[] weights = model.stateDict().get("layer.weight").toFloats();
        long[] random = Generator.global().state();
        List<Tensor> data = BoringData.batches(300, 1, 32, 1);
        LrFindResult r = new Tuner(flags().accumulateGradBatches(2)).lrFind(model, data, new Tuner.LrSearch(1e-6, 1e-3, 100, true, 4));
        assertEquals(100, r.rates().size());
        assertEquals(199, last[0]);
        assertEquals(1e-3, r.rates().getLast(), 1e-12);
        assertEquals(1e-6 * Math.pow(1000, 0.5), r.rates().get(49), 1e-12);
        assertArrayEquals(weights, model.stateDict().get("layer.weight").toFloats());
        assertArrayEquals(random, Generator.global().state());
    }

    @Test
    void theSweepEndsWhenTheLossDiverges() {
        LrFindResult r = new Tuner(flags()).lrFind(new BoringModel(), BoringData.batches(300, 4, 32, 1), new Tuner.LrSearch(1e-3, 1e3, 100, true, 4));
        assertTrue(r.rates().size() < 100, "stopped after " + r.rates().size());
        double lr = r.suggestion().orElseThrow();
        assertTrue(lr > 1e-3 && lr < 10, "suggested " + lr);
    }

    @Test
    void theSuggestionIsTheSteepestDescent() {
        // Falls fastest between the 20th and the 21st of 40 points.
        List<Double> losses = IntStream.range(0, 40).mapToObj(i -> 1 / (1 + Math.exp(2.0 * (i - 20)))).toList();
        List<Double> rates = DoubleStream.iterate(1, x -> x + 1).limit(40).boxed().toList();
        assertEquals(OptionalDouble.of(21), new LrFindResult(rates, losses).suggestion());
        assertEquals(OptionalDouble.empty(), new LrFindResult(List.of(1.0), List.of(1.0)).suggestion());
    }

    /** Runs out of memory above 37 samples. */
    private static final class Limited extends BoringModel {
        final List<Integer> tried = new ArrayList<>();

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            tried.add(batch.size(0));
            if (batch.size(0) > 37) {
                throw new OutOfMemoryError("pretended");
            }
            return super.trainingStep(batch, i);
        }
    }

    @Test
    void case90BatchSizes() {
        Limited m = new Limited();
        float[] weights = m.stateDict().get("layer.weight").toFloats();
        Tuner tuner = new Tuner(flags());
        var one = new Tuner.BatchSearch(false, 1, 2, 25, 0.05, 8192);
        assertEquals(32, tuner.scaleBatchSize(m, n -> BoringData.batches(1, n, 32, 1), one));
        assertEquals(List.of(2, 4, 8, 16, 32, 64), m.tried);
        var bisect = new Tuner.BatchSearch(true, 1, 2, 25, 0.05, 8192);
        assertEquals(35, tuner.scaleBatchSize(m, n -> BoringData.batches(1, n, 32, 1), bisect));
        // Binary search from 4 with two trials: 4 fits, 8 fits, less 5 % of it.
        assertEquals(7, tuner.scaleBatchSize(m, n -> BoringData.batches(1, n, 32, 1), new Tuner.BatchSearch(true, 1, 4, 2, 0.05, 8192)));
        assertEquals(4, tuner.scaleBatchSize(m, n -> BoringData.batches(1, n, 32, 1), new Tuner.BatchSearch(false, 1, 4, 0, 0.05, 8192)));
        assertArrayEquals(weights, m.stateDict().get("layer.weight").toFloats());
        assertThrows(IllegalStateException.class, () -> tuner.scaleBatchSize(m, n -> BoringData.batches(1, n, 32, 1),
                new Tuner.BatchSearch(false, 1, 64, 3, 0, 128)));
    }
}
