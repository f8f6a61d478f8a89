package dev.levin.trainer.fabric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.TensorDataset;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Sequential;
import dev.levin.nn.Tanh;
import dev.levin.optim.AdamW;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.Seeds;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringData;
import dev.levin.type.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FabricTest {
    @TempDir
    Path dir;

    private static Layer net() {
        return new Sequential(new Linear(6, 8), new Tanh(), new Linear(8, 2));
    }

    private static DataLoader<Batch> data() {
        return new DataLoader<>(new TensorDataset(Tensor.cat(BoringData.batches(12, 1, 6, 3), 0), Tensor.cat(BoringData.batches(12, 1, 2, 4), 0)), 4)
                .shuffle(1);
    }

    private static Tensor loss(Tensor y, Batch b) {
        Tensor d = y.sub(b.target());
        return d.mul(d).mean();
    }

    /** The same model through a Trainer, as the yardstick. */
    private static final class Same extends LightningModule<Batch> {
        final Layer net = net();

        @Override
        public Tensor trainingStep(Batch b, int i) {
            return loss(net.forward(b.input()), b);
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new SGD(parameters(), 0.1));
        }
    }

    private static float[] byFabric(String precision) {
        Seeds.everything(3);
        try (var fabric = Fabric.builder().accelerator("cpu").precision(dev.levin.precision.Precision.of(precision)).launch()) {
            var model = fabric.setup(net());
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            for (var batch : fabric.setup(data())) {
                Tensor loss = loss(model.forward(batch.input()), batch);
                fabric.backward(loss);
                optimizer.step();
                optimizer.zeroGrad();
            }
            return model.module().stateDict().get("0.weight").toFloats();
        }
    }

    @Test
    void aLoopOfOnesOwnTrainsAsTheTrainerDoes() {
        for (String precision : List.of("32-true", "16-mixed")) {
            Seeds.everything(3);
            Same m = new Same();
            Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).precision(dev.levin.precision.Precision.of(precision)).build().fit(m, data());
            assertArrayEquals(m.net.stateDict().get("0.weight").toFloats(), byFabric(precision), 1e-5f, precision);
        }
    }

    @Test
    void setUpObjectsKeepTheirKeysAndCantBeSetUpTwice() {
        try (var fabric = Fabric.builder().accelerator("cpu").precision("64-true").launch()) {
            Layer net = net();
            var model = fabric.setup(net);
            assertEquals(net.stateDict().keySet(), model.stateDict().keySet());
            assertEquals(4, model.parameters().size());
            assertEquals(DType.F64, model.parameters().getFirst().dtype());
            model.eval();
            assertTrue(!net.isTraining());
            assertEquals(DType.F64, model.forward(Tensor.zeros(1, 6)).dtype());
            assertThrows(IllegalStateException.class, () -> fabric.setup(net));
            assertThrows(IllegalStateException.class, () -> fabric.setup(model));
        }
    }

    @Test
    void savesAndLoadsInPlace() {
        Path file = dir.resolve("state.ckpt");
        Seeds.everything(1);
        try (var fabric = Fabric.builder().accelerator("cpu").launch()) {
            var model = fabric.setup(net());
            var optimizer = fabric.setup(new AdamW(model.parameters(), 0.1));
            fabric.backward(model.forward(Tensor.ones(2, 6)).sum());
            optimizer.step();
            fabric.save(file, Map.of("model", model, "optimizer", optimizer, "epoch", 7));
            var other = fabric.setup(net());
            var otherOptimizer = fabric.setup(new AdamW(other.parameters(), 0.1));
            Map<String, Object> rest = fabric.load(file, Map.of("model", other, "optimizer", otherOptimizer));
            assertEquals(Map.of("epoch", 7), rest);
            assertArrayEquals(model.stateDict().get("0.weight").toFloats(), other.stateDict().get("0.weight").toFloats());
            for (var o : List.of(optimizer, otherOptimizer)) {
                o.zeroGrad();
                var m = o == optimizer ? model : other;
                fabric.backward(m.forward(Tensor.ones(2, 6)).sum());
                o.step();
            }
            assertArrayEquals(model.stateDict().get("2.weight").toFloats(), other.stateDict().get("2.weight").toFloats());
            assertThrows(IllegalArgumentException.class, () -> fabric.load(file, Map.of("nothing", other)));
        }
    }

    @Test
    void clipsAndCallsAndLogs() {
        List<String> seen = new ArrayList<>();
        try (var fabric = Fabric.builder().accelerator("cpu").loggers((m, step) -> seen.add(step + " " + m)).callbacks(new Listener(seen)).launch()) {
            var model = fabric.setup(net());
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            fabric.backward(model.forward(Tensor.ones(2, 6)).mul(100).sum());
            double before = fabric.clipGradients(optimizer, 0.5).item();
            assertTrue(before > 0.5);
            double norm = Math.sqrt(model.parameters().stream().mapToDouble(p -> p.grad().mul(p.grad()).sum().item()).sum());
            assertEquals(0.5, norm, 1e-4);
            fabric.clipGradientsByValue(optimizer, 1e-3);
            assertTrue(model.parameters().stream().allMatch(p -> p.grad().abs().max().item() <= 1e-3 + 1e-9));
            optimizer.step();
            fabric.call("onEpoch", 3);
            fabric.call("unknown", 3);
            fabric.log("x", 1.5, 4);
            assertEquals(List.of("stepped", "epoch 3", "4 {x=1.5}"), seen);
            assertThrows(IllegalArgumentException.class, () -> fabric.log("x", "text", 1));
        }
    }

    /** A callback as any object can be one. */
    public record Listener(List<String> seen) {
        public void onEpoch(int epoch) {
            seen.add("epoch " + epoch);
        }

        public void onAfterOptimizerStep(FabricOptimizer o) {
            seen.add("stepped");
        }
    }
}
