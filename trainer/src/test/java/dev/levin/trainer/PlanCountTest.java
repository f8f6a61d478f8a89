package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.nn.Dropout;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.optim.CosineAnnealingLR;
import dev.levin.optim.Optimizer;
import dev.levin.precision.Precision;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training compiles a handful of programs in the first epoch, and none later. */
class PlanCountTest {
    private static final class Model extends LightningModule<Batch> {
        final Layer net = new Sequential(new Linear(6, 8), new ReLU(), new Dropout(0.2), new Linear(8, 2));
        final transient List<Long> compiled = new ArrayList<>();

        private Tensor loss(Batch b) {
            Tensor d = net.forward(b.input()).sub(b.target());
            return d.mul(d).mean();
        }

        @Override
        public Tensor trainingStep(Batch b, int i) {
            Tensor loss = loss(b);
            log("loss", loss, Log.onStep(), Log.onEpoch(), Log.onProgressBar());
            return loss;
        }

        @Override
        public void validationStep(Batch b, int i) {
            log("val_loss", loss(b));
        }

        private transient long before;

        @Override
        public void onTrainStart() {
            before = Engine.plans(Device.CPU).misses();
        }

        @Override
        public void onTrainEpochEnd() {
            compiled.add(Engine.plans(Device.CPU).misses() - before);
        }

        @Override
        public Optimizers configureOptimizers() {
            Optimizer o = new AdamW(parameters(), 0.01);
            return Optimizers.of(o, SchedulerConfig.of(new CosineAnnealingLR(o, 100)).everyStep());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"32-true", "16-mixed"})
    void schedulesDropoutShortBatchesAndValidationShareTheirPrograms(String precision) {
        Tensor x = Tensor.cat(BoringData.batches(79, 1, 6, 1), 0);
        Tensor y = Tensor.cat(BoringData.batches(79, 1, 2, 2), 0);
        var data = new DataLoader<>(new TensorDataset(x, y), 4).shuffle();
        Model m = new Model();
        Trainer.builder().accelerator("cpu").logger((values, step) -> { }).maxEpochs(4).precision(Precision.of(precision)).gradientClipVal(1).logEveryNSteps(3)
                .numSanityValSteps(0).build().fit(m, data, new DataLoader<>(new TensorDataset(x, y), 4));
        assertEquals(4, m.compiled.size());
        // Initial values; the first batch, full batches, the short one; full and short batches of validation.
        assertTrue(m.compiled.getFirst() <= 6, m.compiled.toString());
        for (int e = 1; e < 4; e++) {
            assertEquals(m.compiled.get(0), m.compiled.get(e), "programs compiled by the end of each epoch: " + m.compiled);
        }
    }
}
