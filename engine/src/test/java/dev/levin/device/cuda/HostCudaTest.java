package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cuda.execution.CudaOptions;
import dev.levin.device.cuda.memory.OutOfDeviceMemory;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.plan.PlanOptions;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The CUDA device over a driver that checks every call: capture, memory, errors, the end. */
class HostCudaTest {
    @BeforeEach
    void needsCompiler() {
        assumeTrue(HostCuda.unavailable() == null, HostCuda::unavailable);
    }

    private static HostCuda device(CudaOptions options, long bytes) {
        return new HostCuda(PlanOptions.DEFAULT.withPoison(true), options, true, bytes);
    }

    @Test
    void capturedStepsGiveTheSameBitsAndNothingIsLeftBehind() {
        HostCuda captured = device(CudaOptions.DEFAULT, 1L << 30);
        HostCuda plain = device(CudaOptions.DEFAULT.withCapture(false), 1L << 30);
        List<HostArray> a = DeviceBehaviour.train(captured.backend, 8);
        List<HostArray> b = DeviceBehaviour.train(plain.backend, 8);
        DeviceBehaviour.sameBits(b, a);
        assertTrue(captured.driver.graphLaunches >= 3, "graph launches: " + captured.driver.graphLaunches);
        assertEquals(0, plain.driver.graphLaunches);
        DeviceBehaviour.close(DeviceBehaviour.train(new ReferenceBackend(), 8), a, 5e-3);
        captured.backend.close();
        plain.backend.close();
    }

    @Test
    void imagesWithTheirChannelsLastAreReadAndWrittenAsTheyLie() {
        DeviceBehaviour.images(HostCuda.withLibraries());
        DeviceBehaviour.images(HostCuda.withoutLibraries());
        DeviceBehaviour.chain(HostCuda.withLibraries());
    }

    @Test
    void memoryStaysFlat() {
        HostCuda host = device(CudaOptions.DEFAULT, 1L << 30);
        DeviceBehaviour.memoryStaysFlat(host.backend, 30);
        host.backend.close();
    }

    @Test
    void theHostDoesNotWaitInAStep() {
        for (boolean capture : new boolean[] {true, false}) {
            HostCuda host = device(CudaOptions.DEFAULT.withCapture(capture), 1L << 30);
            Runnable step = DeviceBehaviour.steps(host.backend);
            for (int i = 0; i < 6; i++) {
                step.run();
            }
            host.backend.await();
            host.driver.waits = 0;
            long graphs = host.driver.graphLaunches;
            for (int i = 0; i < 8; i++) {
                step.run();
            }
            assertEquals(0, host.driver.waits, "eight steps may be on their way");
            assertEquals(capture ? 8 : 0, host.driver.graphLaunches - graphs);
            for (int i = 0; i < 5; i++) {
                step.run();
            }
            // from then on only for the step that was submitted eight steps before
            assertEquals(5, host.driver.waits);
            host.backend.close();
        }
    }

    private static Canonicalizer.Result logOfNegative() {
        Node x = Nodes.input(new Buffer.Host(HostArray.wrap(DType.F32, new float[] {1, -1, 2})), Shape.of(3));
        return Canonicalizer.canonicalize(List.of(Nodes.scan(Op.CUMSUM, Nodes.unary(Op.LOG, x), 0, false)), Map.of());
    }

    @Test
    void theNanModeNamesTheLaunch() {
        HostCuda host = new HostCuda(PlanOptions.DEFAULT.withCheckNan(true), CudaOptions.DEFAULT, true, 1L << 30);
        var r = logOfNegative();
        var e = assertThrows(IllegalStateException.class, () -> host.backend.compile(r.program()).run(leaves(r)));
        assertTrue(e.getMessage().contains("NaN at element 1") && e.getMessage().contains("LOG"), e.getMessage());
        host.backend.close();
    }

    @Test
    void theCompareModeNamesTheFirstWrongElement() {
        HostCuda host = new HostCuda(PlanOptions.DEFAULT.withCompare(true), CudaOptions.DEFAULT, true, 1L << 30);
        Node x = Nodes.input(new Buffer.Host(HostArray.wrap(DType.F32, new float[] {1, 2, 3, 4})), Shape.of(1, 2, 2));
        var r = Canonicalizer.canonicalize(List.of(Nodes.matmul(x, x)), Map.of());
        var plan = host.backend.compile(r.program());
        assertEquals(4, plan.run(leaves(r))[0].toHost().length());
        host.libraries.wrong = true;
        var e = assertThrows(IllegalStateException.class, () -> plan.run(leaves(r)));
        assertTrue(e.getMessage().contains("differs from the reference interpreter") && e.getMessage().contains("MATMUL"), e.getMessage());
        host.backend.close();
    }

    @Test
    void aFailedLaunchIsToldByOpAndLine() {
        HostCuda host = device(CudaOptions.DEFAULT, 1L << 30);
        host.driver.broken = "r_scan";
        var r = logOfNegative();
        var e = assertThrows(IllegalStateException.class, () -> host.backend.compile(r.program()).run(leaves(r)));
        assertTrue(e.getMessage().contains("CUDA_ERROR_LAUNCH_FAILED") && e.getMessage().contains("CUMSUM F32[3]"), e.getMessage());
        host.backend.close();
    }

    private static Canonicalizer.Result take(long index) {
        HostArray h = HostArray.allocate(DType.I64, 1);
        h.setLong(0, index);
        Node x = Nodes.input(new Buffer.Host(HostArray.allocate(DType.F32, 12)), Shape.of(4, 3));
        return Canonicalizer.canonicalize(List.of(Nodes.take(x, Nodes.input(new Buffer.Host(h), Shape.of(1)), 0)), Map.of());
    }

    private static Object[] leaves(Canonicalizer.Result r) {
        Object[] l = r.leaves().clone();
        for (int i = 0; i < l.length; i++) {
            l[i] = l[i] instanceof Node n ? n.value() : l[i];
        }
        return l;
    }

    @Test
    void anIndexOutOfRangeSurfacesWhereTheResultIsReadAndNotTwice() {
        HostCuda host = device(CudaOptions.DEFAULT, 1L << 30);
        Canonicalizer.Result bad = take(9);
        var plan = host.backend.compile(bad.program());
        Buffer y = plan.run(leaves(bad))[0];
        var e = assertThrows(IndexOutOfBoundsException.class, y::toHost);
        assertTrue(e.getMessage().contains("9") && e.getMessage().contains("4") && e.getMessage().contains("TAKE"), e.getMessage());
        assertEquals(3, plan.run(leaves(take(2)))[0].toHost().length());
        plan.run(leaves(bad));
        assertThrows(IndexOutOfBoundsException.class, host.backend::await);
        host.backend.close();
    }

    @Test
    void whenMemoryRunsOutTheHoldersAreListed() {
        HostCuda host = device(CudaOptions.DEFAULT, 24L << 20);
        Node x = Nodes.input(new Buffer.Host(HostArray.allocate(DType.F32, 8 << 20)), Shape.of(8 << 20));
        var r = Canonicalizer.canonicalize(List.of(Nodes.mul(x, 2)), Map.of());
        var plan = host.backend.compile(r.program());
        var e = assertThrows(OutOfDeviceMemory.class, () -> plan.run(leaves(r)));
        assertTrue(e.getMessage().contains("intermediates") && e.getMessage().contains("largest layers") && e.getMessage().contains("smaller batch"),
                e.getMessage());
        // the device still works
        var small = take(1);
        assertEquals(3, host.backend.compile(small.program()).run(leaves(small))[0].toHost().length());
        host.backend.close();
    }
}
