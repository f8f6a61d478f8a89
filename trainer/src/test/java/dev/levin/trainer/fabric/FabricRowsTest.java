package dev.levin.trainer.fabric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.optim.SGD;
import dev.levin.strategies.Strategy;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Seeds;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows F of the reference by their ids. */
class FabricRowsTest {
    @TempDir
    Path dir;

    private static Fabric.Builder cpu() {
        return Fabric.builder().accelerator("cpu");
    }

    private static void fails(Class<? extends Throwable> type, org.junit.jupiter.api.function.Executable body, String... words) {
        Throwable t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
    }

    @Test
    void f01TheEnvironmentFillsInFlagsAndMayNotContradict() {
        try (var fabric = Fabric.builder().launch(Map.of("LEVIN_FABRIC_ACCELERATOR", "cpu", "LEVIN_FABRIC_PRECISION", "64-true"))) {
            assertEquals("64-true", fabric.precision().name());
            assertEquals(Device.CPU, fabric.device());
        }
        cpu().launch(Map.of("LEVIN_FABRIC_ACCELERATOR", "cpu")).close();
        fails(IllegalStateException.class, () -> cpu().precision("64-true").launch(Map.of("LEVIN_FABRIC_PRECISION", "bf16-true")), "64-true", "bf16-true",
                "LEVIN_FABRIC_PRECISION");
        fails(IllegalArgumentException.class, () -> Fabric.builder().accelerator("abacus").launch(), "abacus");
        fails(IllegalArgumentException.class, () -> cpu().precision("17"), "17", "bf16-mixed");
    }

    @Test
    void f02f16LaunchingRunsABodyAndCloses() {
        Fabric[] kept = new Fabric[1];
        int answer = cpu().run(fabric -> {
            kept[0] = fabric;
            return fabric.setup(new Linear(2, 2)).parameters().size();
        });
        assertEquals(2, answer);
        fails(IllegalStateException.class, () -> kept[0].setup(new Linear(2, 2)), "closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"32-true", "bf16-mixed", "64-true", "bf16-true"})
    void f03f11ModelAndOptimizerAreSetUpTogetherInTheWorkingDtype(String precision) {
        try (var fabric = cpu().precision(precision).launch()) {
            Linear net = new Linear(6, 2);
            var both = fabric.setup(net, new AdamW(net.parameters(), 0.1));
            float[] before = net.weight.toFloats();
            for (Tensor batch : fabric.setup(BoringData.batches(2, 3, 6, 1))) {
                Tensor y = both.model().forward(batch);
                assertEquals(precision.endsWith("mixed") ? DType.F32 : fabric.precision().dtype(), y.dtype());
                fabric.backward(y.sum());
                both.optimizer().step();
                both.optimizer().zeroGrad();
            }
            assertFalse(java.util.Arrays.equals(before, net.weight.toFloats()));
            assertEquals(fabric.precision().dtype(), net.weight.dtype());
        }
    }

    @Test
    void f03LoadersKeepTheirLengthAndAreSetUpOnce() {
        try (var fabric = cpu().launch()) {
            List<Tensor> data = BoringData.batches(3, 1, 6, 1);
            Iterable<Tensor> loader = fabric.setup(data);
            assertEquals(3, ((dev.levin.data.Loader<Tensor>) loader).length());
            assertThrows(IllegalStateException.class, () -> fabric.setup(data));
        }
    }

    @Test
    void f04GradientsAreClippedByOneWayAtATime() {
        try (var fabric = cpu().launch()) {
            var model = fabric.setup(new Linear(6, 2));
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            fabric.backward(model.forward(Tensor.ones(2, 6)).mul(50).sum());
            double largest = model.parameters().stream().mapToDouble(p -> p.grad().abs().max().item()).max().orElseThrow();
            assertEquals(largest, fabric.clipGradients(optimizer, 1e9, Double.POSITIVE_INFINITY, true).item(), 1e-3);
            double one = model.parameters().stream().mapToDouble(p -> p.grad().abs().sum().item()).sum();
            assertEquals(one, fabric.clipGradients(optimizer, 0.5, 1, true).item(), 1e-2);
            assertEquals(0.5, model.parameters().stream().mapToDouble(p -> p.grad().abs().sum().item()).sum(), 1e-4);
            fabric.backward(model.forward(Tensor.ones(2, 6)).mul(Double.NaN).sum());
            fails(ArithmeticException.class, () -> fabric.clipGradients(optimizer, 1), "NaN", "errorIfNonFinite=false");
            assertTrue(Double.isNaN(fabric.clipGradients(optimizer, 1, 2, false).item()));
        }
    }

    @Test
    void f05PlacesAndDtypesOfWhatIsMade() {
        try (var fabric = cpu().precision("bf16-mixed").launch()) {
            assertEquals(DType.BF16, fabric.autocast(() -> Tensor.ones(2, 2).matmul(Tensor.ones(2, 2))).dtype());
            Map<String, Object> batch = fabric.toDevice(Map.of("x", Tensor.ones(2)));
            assertEquals(DType.F32, ((Tensor) batch.get("x")).dtype());
            assertEquals("done", fabric.noBackwardSync(true, () -> "done"));
            assertEquals("first", fabric.rankZeroFirst(() -> "first"));
        }
        try (var fabric = cpu().precision("64-true").launch()) {
            assertEquals(DType.F64, fabric.initTensor(() -> Tensor.ones(2)).dtype());
            assertEquals(DType.F64, fabric.setup(fabric.initModule(() -> new Linear(2, 2))).parameters().getFirst().dtype());
        }
    }

    @Test
    void f06f14OneRankIsAllRanks() {
        try (var fabric = cpu().launch()) {
            fabric.barrier();
            assertEquals("x", fabric.broadcast("x"));
            assertEquals("[1, 3]", fabric.allGather(Tensor.ones(3)).shape().toString());
            assertEquals(3, fabric.allReduce(Tensor.scalar(3), Strategy.Reduction.SUM).item());
            assertEquals(List.of(1, 0, 0, 0), List.of(fabric.worldSize(), fabric.globalRank(), fabric.localRank(), fabric.nodeRank()));
            assertTrue(fabric.isGlobalZero());
            assertEquals("single_device", fabric.strategy().name());
            assertEquals(List.of(), fabric.loggers());
        }
    }

    @Test
    void f07FilesHoldWhatTheFilterLets() {
        Path file = dir.resolve("f.ckpt");
        try (var fabric = cpu().launch()) {
            var model = fabric.setup(new Linear(3, 2));
            fabric.save(file, Map.of("model", model, "step", 4), Map.of("model", (k, v) -> k.equals("weight")));
            Map<String, Object> raw = fabric.loadRaw(file);
            assertEquals(java.util.Set.of("weight"), ((Map<?, ?>) raw.get("model")).keySet());
            Map<String, Object> rest = fabric.load(file, Map.of("absent", model), false);
            assertEquals(4, ((Number) rest.get("step")).intValue());
            fails(IllegalArgumentException.class, () -> fabric.load(file, Map.of("absent", model)), "absent", "model");
            fails(IllegalArgumentException.class, () -> fabric.save(file, Map.of("model", model), Map.of("modle", (k, v) -> true)), "modle", "[model]");
            fails(IllegalArgumentException.class, () -> fabric.save(file, Map.of("step", 4), Map.of("step", (k, v) -> true)), "4");
        }
    }

    /** Hears of two things. */
    public static final class Two {
        final List<String> heard = new ArrayList<>();

        public void onEpoch(int n) {
            heard.add("epoch " + n);
        }

        public void onEpoch(String s) {
            heard.add("named " + s);
        }

        public void onFail() {
            throw new IllegalStateException("from the callback");
        }
    }

    @Test
    void f08CallbacksAreFoundByNameAndArguments() {
        Two two = new Two();
        try (var fabric = cpu().callbacks(two, new Object()).launch()) {
            fabric.call("onEpoch", 3);
            fabric.call("onEpoch", "x");
            fabric.call("onEpoch", 1.5);
            fabric.call("onNothing");
            assertEquals(List.of("epoch 3", "named x"), two.heard);
            fails(IllegalStateException.class, () -> fabric.call("onFail"), "from the callback");
        }
    }

    @Test
    void f09LoggersGetValuesAsTheyAre() {
        List<String> rows = new ArrayList<>();
        try (var fabric = cpu().loggers((m, s) -> rows.add("a" + s + m), (m, s) -> rows.add("b" + s + m)).launch()) {
            fabric.log("x", Tensor.scalar(2), 7);
            fabric.logDict(Map.of("y", 3), 7);
        }
        assertEquals(List.of("a7{x=2.0}", "b7{x=2.0}", "a7{y=3.0}", "b7{y=3.0}"), rows);
    }

    @Test
    void f10SeedsStartTheRandomNumbers() {
        try (var fabric = cpu().launch()) {
            assertEquals(5, fabric.seedEverything(5));
            double a = Tensor.rand(1).item();
            fabric.seedEverything(5);
            assertEquals(a, Tensor.rand(1).item());
        }
    }

    @Test
    void f11OtherMethodsRunInTheWorkingDtypeToo() {
        class Decoder extends Layer {
            final Linear layer = new Linear(3, 3);

            @Override
            public Tensor forward(Tensor x) {
                return layer.forward(x);
            }

            Tensor decode(Tensor x) {
                return layer.forward(x);
            }
        }
        try (var fabric = cpu().precision("bf16-mixed").launch()) {
            var model = fabric.setup(new Decoder());
            assertEquals(DType.BF16, model.run(m -> m.decode(Tensor.ones(1, 3))).dtype());
            assertEquals(DType.F32, model.module().decode(Tensor.ones(1, 3)).dtype());
        }
    }

    @Test
    void f12StepsGoThroughClosuresAndTellTheCallbacks() {
        List<Object> stepped = new ArrayList<>();
        List<String> heard = new ArrayList<>();
        try (var fabric = cpu().callbacks(new FabricTest.Listener(heard)).launch()) {
            var model = fabric.setup(new Linear(6, 2));
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            Tensor loss = optimizer.step(() -> {
                optimizer.zeroGrad();
                Tensor l = model.forward(Tensor.ones(1, 6)).sum();
                fabric.backward(l);
                stepped.add(l);
                return l;
            });
            assertEquals(1, stepped.size());
            assertTrue(Double.isFinite(loss.item()));
            assertEquals(List.of("stepped"), heard);
            assertEquals(optimizer.optimizer().paramGroups(), optimizer.paramGroups());
        }
    }

    @Test
    void f13AModuleOfATrainerWorksUnderAFabric() {
        List<String> rows = new ArrayList<>();
        class Model extends BoringModel {
            void step(Tensor batch) {
                Tensor loss = loss(forward(batch));
                manualBackward(loss);
                log("loss", 3);
                rows.add(allGather(Tensor.ones(2)).shape().toString());
            }
        }
        Seeds.everything(2);
        Model m = new Model();
        try (var fabric = cpu().loggers((values, step) -> rows.add(values.toString())).launch()) {
            var model = fabric.setup(m);
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            model.module().step(BoringData.batches().getFirst());
            optimizer.step();
        }
        assertEquals(List.of("{loss=3.0}", "[1, 2]"), rows);
        Seeds.everything(2);
        BoringModel same = new BoringModel();
        Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(1).limitValBatches(0).build().fit(same);
        assertArrayEquals(same.stateDict().get("layer.weight").toFloats(), m.stateDict().get("layer.weight").toFloats());
    }

    @Test
    void f17ALoopOfOnesOwnHasTheSameWeightsBitForBit() {
        Seeds.everything(9);
        Layer plain = new Sequential(new Linear(6, 4), new Linear(4, 2));
        SGD sgd = new SGD(plain.parameters(), 0.1);
        List<Tensor> data = BoringData.batches(5, 2, 6, 3);
        for (Tensor b : data) {
            plain.forward(b).mul(plain.forward(b)).mean().backward();
            sgd.step();
            sgd.zeroGrad();
        }
        Seeds.everything(9);
        Layer net = new Sequential(new Linear(6, 4), new Linear(4, 2));
        cpu().run(fabric -> {
            var model = fabric.setup(net);
            var optimizer = fabric.setup(new SGD(model.parameters(), 0.1));
            for (Tensor b : fabric.setup(data)) {
                fabric.backward(model.forward(b).mul(model.forward(b)).mean());
                optimizer.step();
                optimizer.zeroGrad();
            }
            return null;
        });
        plain.stateDict().forEach((k, v) -> assertArrayEquals(v.toFloats(), net.stateDict().get(k).toFloats(), k));
    }
}
