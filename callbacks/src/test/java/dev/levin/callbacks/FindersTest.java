package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.trainer.tuner.Tuner;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindersTest {
    @TempDir
    Path dir;

    /** Runs out of memory with batches above a limit. */
    static class Model extends BoringModel {
        double lr = 1e-4;
        int batchSize = 3;
        int limit = 11;
        float[] atTrainStart;

        @Override
        public Tensor trainingStep(Tensor batch, int i) {
            if (batch.size(0) > limit) {
                throw new OutOfMemoryError("a batch of " + batch.size(0));
            }
            return super.trainingStep(batch, i);
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), lr));
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            return BoringData.batches(4, batchSize, 32, 1);
        }

        @Override
        public void onTrainStart() {
            atTrainStart = layer.weight.toFloats().clone();
        }

        float[] weight() {
            return layer.weight.toFloats().clone();
        }
    }

    @Test
    void c65RateIsFoundWrittenAndUsed() {
        Trainer.seedEverything(1);
        var finder = new LearningRateFinder(new Tuner.LrSearch(1e-5, 10, 60, true, 4));
        var model = new Model();
        float[] start = model.weight();
        double[] used = {0};
        Trainer t = Runs.quiet(dir).callbacks(finder, new LambdaCallback().onBatchEnd(dev.levin.trainer.Hook.ON_TRAIN_BATCH_END,
                (tr, m, o, b, i, l) -> used[0] = tr.rawOptimizers().getFirst().paramGroups().getFirst().lr())).limitValBatches(0).maxEpochs(1).build();
        var result = t.fit(model);
        double suggestion = finder.result().orElseThrow().suggestion().orElseThrow();
        assertEquals(suggestion, model.lr);
        assertEquals(suggestion, used[0]);
        assertTrue(suggestion > 1e-4 && suggestion < 10, "a sensible rate: " + suggestion);
        assertEquals(4, result.step(), "the trial's steps do not count");
        assertArrayEquals(start, model.atTrainStart, "the trial leaves the weights as they were");
        assertSame(t, model.trainer());
        assertEquals(800, finder.plot().image().getWidth());
    }

    @Test
    void c65WrongUse() {
        var e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new LearningRateFinder()).maxEpochs(1).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("no number 'lr'"), e.getMessage());
        e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new LearningRateFinder().attribute("rate")).maxEpochs(1).build()
                .fit(new Model()));
        assertTrue(e.getMessage().contains("'rate'") && e.getMessage().contains("lr, batchSize"), e.getMessage());
        assertThrows(IllegalStateException.class, () -> new LearningRateFinder().plot());
        var skipped = new LearningRateFinder();
        Runs.quiet(dir).callbacks(skipped).fastDevRun(true).build().fit(new BoringModel());
        assertTrue(skipped.result().isEmpty());
    }

    @Test
    void c64LargestBatchThatFits() {
        var finder = new BatchSizeFinder();
        var model = new Model();
        float[] start = model.weight();
        int[] sizes = {0};
        Runs.quiet(dir).callbacks(finder, new LambdaCallback().onBatchStart(dev.levin.trainer.Hook.ON_TRAIN_BATCH_START,
                (t, m, b, i, l) -> sizes[0] = ((Tensor) b).size(0))).limitValBatches(0).maxEpochs(1).build().fit(model);
        assertEquals(OptionalInt.of(8), finder.result(), "2, 4, 8 fit, 16 does not");
        assertEquals(8, model.batchSize);
        assertEquals(8, sizes[0]);
        assertArrayEquals(start, model.atTrainStart);
    }

    @Test
    void case90BinarySearchAndMargin() {
        var finder = new BatchSizeFinder(new Tuner.BatchSearch(true, 1, 4, 2, 0.05, 8192));
        var model = new Model();
        model.limit = 1000;
        Runs.quiet(dir).callbacks(finder).limitValBatches(0).maxEpochs(1).build().fit(model);
        assertEquals(OptionalInt.of(7), finder.result(), "4, 8, then 5 % less");
        var none = new BatchSizeFinder(new Tuner.BatchSearch(true, 1, 4, 0, 0.05, 8192));
        Runs.quiet(dir).callbacks(none).limitValBatches(0).maxEpochs(1).build().fit(model);
        assertEquals(OptionalInt.of(4), none.result());
    }

    @Test
    void case90WrittenToTheDataModule() {
        class Data extends DataModule<Tensor> {
            int batchSize = 1;

            @Override
            public Iterable<Tensor> trainDataloader() {
                return BoringData.batches(4, batchSize, 32, 1);
            }
        }
        var data = new Data();
        var model = new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                if (batch.size(0) > 5) {
                    throw new OutOfMemoryError("a batch of " + batch.size(0));
                }
                return super.trainingStep(batch, i);
            }
        };
        Runs.quiet(dir).callbacks(new BatchSizeFinder()).limitValBatches(0).maxEpochs(1).build().fit(model, data);
        assertEquals(4, data.batchSize);
        var e = assertThrows(MisconfigurationException.class, () -> Runs.quiet(dir).callbacks(new BatchSizeFinder()).maxEpochs(1).build().fit(new BoringModel()));
        assertTrue(e.getMessage().contains("no number 'batchSize'"), e.getMessage());
    }
}
