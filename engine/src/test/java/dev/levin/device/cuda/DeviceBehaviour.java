package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.cpu.Runner;
import dev.levin.graph.Variable;
import dev.levin.plan.Models;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What every CUDA device must do, a real one and the processor that plays one. */
final class DeviceBehaviour {
    private DeviceBehaviour() {
    }

    /** Losses of each step, then all parameters, of a small convolutional network with dropout. */
    static List<HostArray> train(Backend backend, int steps) {
        Generator.global().manualSeed(11);
        Models data = new Models();
        Models.Training t = Models.cnn(data.labels(10, 2));
        Tensor x = data.data(2, 1, 28, 28);
        var runner = new Runner(backend);
        List<HostArray> all = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            all.add(runner.step(() -> t.step(x)).toHost().copy());
        }
        t.models().parameters.forEach(p -> all.add(((Variable) p.node().payload()).buffer().toHost().copy()));
        return all;
    }

    /** The same bits whether launches are captured or not. */
    static void sameBits(List<HostArray> a, List<HostArray> b) {
        assertEquals(a.size(), b.size());
        for (int i = 0; i < a.size(); i++) {
            assertArrayEquals(a.get(i).segment().toArray(ValueLayout.JAVA_BYTE), b.get(i).segment().toArray(ValueLayout.JAVA_BYTE), "value " + i);
        }
    }

    /** The same numbers up to rounding. */
    static void close(List<HostArray> want, List<HostArray> have, double eps) {
        assertEquals(want.size(), have.size());
        for (int v = 0; v < want.size(); v++) {
            double scale = 1e-3;
            for (int i = 0; i < want.get(v).length(); i++) {
                scale = Math.max(scale, Math.abs(want.get(v).getDouble(i)));
            }
            for (int i = 0; i < want.get(v).length(); i++) {
                assertEquals(want.get(v).getDouble(i), have.get(v).getDouble(i), eps * scale, "value " + v + ", element " + i);
            }
        }
    }

    /** Memory taken after many steps is what it was after a few. */
    static void memoryStaysFlat(CudaBackend backend, int steps) {
        Generator.global().manualSeed(5);
        Models data = new Models();
        Models.Training t = Models.mlp(16, data.labels(10, 16));
        Tensor x = data.data(16, 784);
        var runner = new Runner(backend);
        for (int i = 0; i < 10; i++) {
            runner.step(() -> t.step(x));
        }
        backend.await();
        Map<String, Long> early = backend.runtime().bytesByOwner();
        for (int i = 0; i < steps; i++) {
            runner.step(() -> t.step(x));
        }
        backend.await();
        Map<String, Long> late = backend.runtime().bytesByOwner();
        early.forEach((owner, bytes) -> {
            // results come back when their handles are collected; one slab of slack
            long slack = owner.equals("results") ? 16L << 20 : 0;
            assertTrue(late.get(owner) <= bytes + slack, owner + " grew from " + bytes + " to " + late.get(owner));
        });
    }
}
