package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.levin.device.Executable;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Variable;
import dev.levin.plan.Models;
import dev.levin.plan.PlanOptions;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a long run holds on to: nothing. */
class SteadyStateTest {
    @Test
    void tenThousandStepsLeaveMemoryAsItWas() {
        CpuBackend backend = new CpuBackend(PlanOptions.DEFAULT, new Team(1));
        Models m = new Models();
        Models.Training t = Models.mlp(4, m.labels(10, 4));
        Tensor x = m.data(4, 784);
        Runner runner = new Runner(backend);
        for (int i = 0; i < 10; i++) {
            runner.step(() -> t.step(x));
        }
        Map<Variable.Kind, Long> before = backend.variableBytes();
        long reserved = backend.reservedBytes();
        for (int i = 0; i < 10_000; i++) {
            runner.step(() -> t.step(x));
        }
        assertEquals(before, backend.variableBytes());
        assertEquals(reserved, backend.reservedBytes());
        assertTrue(before.get(Variable.Kind.PARAMETER) >= 101_770 * 4 && before.get(Variable.Kind.OPTIMIZER) >= 2 * 101_770 * 4, before.toString());
        assertEquals(1, runner.cache().misses(), "the first step and the others share one plan");
    }

    @Test
    void aRunOfThePerceptronAllocatesLittle() {
        CpuBackend backend = new CpuBackend(PlanOptions.DEFAULT, new Team(1));
        Models m = new Models();
        Models.Training t = Models.mlp(64, m.labels(10, 64));
        Tensor x = m.data(64, 784);
        Runner runner = new Runner(backend);
        for (int i = 0; i < 50; i++) {
            runner.step(() -> t.step(x));
        }
        Canonicalizer.Result r = dev.levin.plan.Programs.trace(() -> t.step(x));
        Object[] leaves = Agreement.leaves(r);
        Executable e = runner.cache().get(r.program());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        // While vector code is being warmed in the background, that thread allocates; the steady state comes after.
        long each = Long.MAX_VALUE;
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (each >= 64 << 10 && System.nanoTime() < end) {
            backend.await();
            long start = threads.getTotalThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                e.run(leaves);
            }
            backend.await();
            each = (threads.getTotalThreadAllocatedBytes() - start) / 1000;
        }
        assertTrue(each < 64 << 10, each + " bytes of heap a step");
    }

    @Test
    void describingAStepAllocatesLittle() {
        Models m = new Models();
        Models.Training t = Models.mlp(64, m.labels(10, 64));
        Tensor x = m.data(64, 784);
        x.toHost();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long each = 0;
        for (int round = 0; round < 3; round++) {
            long start = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                Step.run("perceptron", () -> {
                    t.step(x);
                });
            }
            each = (threads.getCurrentThreadAllocatedBytes() - start) / 100;
        }
        assertTrue(each < 24 << 10, each + " bytes of heap a step");
    }

    @Test
    void variablesNobodyHoldsGiveTheirMemoryBack() throws InterruptedException {
        CpuBackend backend = new CpuBackend(PlanOptions.DEFAULT, new Team(1));
        for (int i = 0; i < 20; i++) {
            Models m = new Models();
            Models.Training t = Models.mlp(4, m.labels(10, 4));
            Tensor x = m.data(4, 784);
            new Runner(backend).step(() -> t.step(x));
        }
        long most = 0;
        for (int i = 0; i < 50; i++) {
            System.gc();
            most = backend.variableBytes().values().stream().mapToLong(Long::longValue).sum();
            if (most < 8L * 101_770 * 4) {
                return;
            }
            Thread.sleep(20);
        }
        assertTrue(most < 8L * 101_770 * 4, most + " bytes are still held after 20 models");
    }
}
