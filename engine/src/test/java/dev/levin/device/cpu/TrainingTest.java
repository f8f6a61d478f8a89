package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.cuda.HostCuda;
import dev.levin.graph.Buffer;
import dev.levin.plan.Models;
import dev.levin.plan.PlanOptions;
import dev.levin.reference.ReferenceBackend;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Whole training steps: the same losses, gradients and parameters as the interpreter. */
class TrainingTest {
    private record Result(List<Double> losses, List<HostArray> gradients, List<HostArray> parameters) {
    }

    private record Setup(Models.Training training, Tensor x) {
    }

    private static Result train(Backend backend, Supplier<Setup> setup, int steps) {
        Generator.global().manualSeed(11);
        Setup s = setup.get();
        Runner runner = new Runner(backend);
        List<Double> losses = new ArrayList<>();
        List<HostArray> gradients = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            Buffer loss = runner.step(() -> s.training.step(s.x));
            losses.add(loss.toHost().getDouble(0));
            if (i == 0) {
                s.training.models().parameters.forEach(p -> gradients.add(host(p.grad())));
            }
        }
        assertEquals(steps, runner.cache().hits() + runner.cache().misses());
        return new Result(losses, gradients, s.training.models().parameters.stream().map(TrainingTest::host).toList());
    }

    private static HostArray host(Tensor t) {
        return buffer(t).toHost();
    }

    private static Buffer buffer(Tensor t) {
        return t.node().payload() instanceof dev.levin.graph.Variable v ? v.buffer() : t.node().value();
    }

    private static void agree(Supplier<Setup> setup, int steps) {
        Result want = train(new ReferenceBackend(), setup, steps);
        List<Backend> backends = new ArrayList<>(List.of(Agreement.FUSED, Agreement.UNFUSED, Agreement.POINTWISE,
                new CpuBackend(PlanOptions.DEFAULT.withInPlace(false).withRemat(false).withMulti(false).withLibrary(false), Agreement.TEAM),
                new CpuBackend(PlanOptions.DEFAULT.withLayout(false), Agreement.TEAM)));
        if (HostCuda.unavailable() == null) {
            backends.add(HostCuda.withLibraries());
            backends.add(HostCuda.withoutLibraries());
        }
        for (Backend b : backends) {
            Result have = train(b, setup, steps);
            for (int i = 0; i < steps; i++) {
                assertEquals(want.losses.get(i), have.losses.get(i), 1e-4 * Math.max(1, Math.abs(want.losses.get(i))), "loss of step " + i);
            }
            compare(want.gradients, have.gradients, 2e-4, "gradient");
            compare(want.parameters, have.parameters, 2e-3, "parameter");
        }
        assertTrue(want.losses.getLast() < want.losses.getFirst(), "learns: " + want.losses);
    }

    private static void compare(List<HostArray> want, List<HostArray> have, double eps, String what) {
        for (int p = 0; p < want.size(); p++) {
            double scale = 0;
            for (int i = 0; i < want.get(p).length(); i++) {
                scale = Math.max(scale, Math.abs(want.get(p).getDouble(i)));
            }
            for (int i = 0; i < want.get(p).length(); i++) {
                assertEquals(want.get(p).getDouble(i), have.get(p).getDouble(i), eps * (scale + 1e-3), what + " " + p + " element " + i);
            }
        }
    }

    @Test
    void aPerceptronTrainsAsInTheInterpreter() {
        agree(() -> {
            Models m = new Models();
            return new Setup(Models.mlp(16, m.labels(10, 16)), m.data(16, 784));
        }, 4);
    }

    @Test
    void aConvolutionalNetworkTrainsAsInTheInterpreter() {
        agree(() -> {
            Models m = new Models();
            return new Setup(Models.cnn(m.labels(10, 2)), m.data(2, 1, 28, 28));
        }, 3);
    }

    @Test
    void aResidualNetworkTrainsAsInTheInterpreter() {
        agree(() -> {
            Models m = new Models();
            return new Setup(Models.resnet(5, m.labels(10, 3)), m.data(3, 3, 8, 8));
        }, 3);
    }

    @Test
    void aTransformerTrainsAsInTheInterpreter() {
        agree(() -> {
            Models m = new Models();
            return new Setup(Models.gpt(2, 8, 16, 2, 30, m.labels(30, 16)), m.labels(30, 2, 8));
        }, 3);
    }

    @Test
    void recurrentNetworksTrainAsInTheInterpreter() {
        for (boolean gru : new boolean[] {false, true}) {
            agree(() -> {
                Models m = new Models();
                return new Setup(Models.recurrent(gru, 3, 6, 64, m.labels(7, 18)), m.data(3, 6, 64));
            }, 3);
        }
    }
}
