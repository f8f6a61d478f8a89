package dev.levin.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Program;
import dev.levin.nn.Functional;
import dev.levin.nn.models.ResNet;
import dev.levin.optim.AdamW;
import dev.levin.optim.SGD;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How many launches well-known computations take; counted, not timed. */
class PlanContractsTest {
    private final Models models = new Models();

    private static Plan plan(Supplier<Tensor> body) {
        return Planner.plan(Programs.of(body), PlanOptions.DEFAULT);
    }

    private static void launches(int most, Plan plan) {
        assertTrue(plan.launches().size() <= most, () -> plan.launches().size() + " launches, not " + most + "\n" + plan.report());
    }

    @Test
    void softmaxIsOneKernel() {
        Tensor x = models.data(64, 100);
        launches(1, plan(() -> x.softmax(1)));
        Tensor y = models.data(8, 12, 16, 16);
        launches(1, plan(() -> y.mul(0.25).softmax(-1)));
    }

    @Test
    void softmaxAndItsGradientAreTwoKernels() {
        Parameter x = models.parameter("x", 1, 64, 100);
        Tensor w = models.data(64, 100);
        launches(2, plan(() -> Tensor.grad(List.of(x.softmax(1).mul(w).sum()), List.of(x), null, false).getFirst()));
    }

    @Test
    void layerNormIsOneKernel() {
        var norm = models.layerNorm("ln", 96);
        Tensor x = models.data(32, 96);
        launches(1, plan(() -> norm.apply(x)));
    }

    @Test
    void theGradientOfLayerNormIsTwoKernels() {
        var norm = models.layerNorm("ln", 96);
        Parameter x = models.parameter("x", 1, 32, 96);
        Tensor g = models.data(32, 96);
        launches(3, plan(() -> {
            norm.apply(x).backward(g, false);
            return null;
        }));
    }

    @Test
    void crossEntropyWithItsGradientIsOneKernelAndTheMean() {
        Parameter x = models.parameter("x", 1, 64, 10);
        Tensor labels = models.labels(10, 64);
        Supplier<Tensor> body = () -> {
            Tensor loss = Models.crossEntropy(x, labels);
            loss.backward();
            return loss;
        };
        Programs.of(body);
        launches(2, plan(body));
    }

    @Test
    void anUpdateOfFortyTensorsIsOneKernel() {
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            parameters.add(models.parameter("p" + i, 1, 5 + i, 32));
        }
        List<Tensor> gradients = parameters.stream().map(p -> models.data(p.shape().dims())).toList();
        AdamW optimizer = new AdamW(parameters, 1e-3);
        Supplier<Tensor> step = () -> {
            for (int i = 0; i < 40; i++) {
                parameters.get(i).setGrad(gradients.get(i));
            }
            optimizer.step();
            return null;
        };
        Programs.of(step);
        Plan p = plan(step);
        long wide = p.launches().stream().filter(l -> l instanceof Plan.KernelLaunch k && k.kernels().size() == 40).count();
        assertEquals(1, wide, p::report);
        launches(2, p);
    }

    @Test
    void aPerceptronTrainsInTwelveLaunches() {
        Models.Training t = Models.mlp(64, models.labels(10, 64));
        Tensor x = models.data(64, 784);
        Programs.of(() -> t.step(x));
        launches(12, plan(() -> t.step(x)));
    }

    @Test
    void theDigitsNetworkTrainsInThirtyLaunches() {
        Models.Training t = Models.cnn(models.labels(10, 64));
        Tensor x = models.data(64, 1, 28, 28);
        Programs.of(() -> t.step(x));
        launches(30, plan(() -> t.step(x)));
    }

    /** A time step is a product and a kernel forward, and the same backward. The rest does not depend on the length. */
    @Test
    void aTimeStepOfAnLstmIsFourLaunches() {
        int[] count = new int[2];
        for (int k = 0; k < 2; k++) {
            int steps = 12 + 6 * k;
            Models.Training t = Models.recurrent(false, 16, steps, 64, models.labels(7, 16 * steps));
            Tensor x = models.data(16, steps, 64);
            Programs.of(() -> t.step(x));
            Plan p = plan(() -> t.step(x));
            count[k] = p.launches().size();
            assertTrue(p.arenaBytes() <= 1.15 * p.maxLiveBytes(), p::report);
        }
        assertEquals(6 * 2 * 4, count[1] - count[0]);
        assertTrue(count[0] <= 12 * 2 * 4 + 24, count[0] + " launches");
    }

    @Test
    void theDerivativeOfGeluIsComputedWithItsValue() {
        Parameter w = models.parameter("w", 1, 16, 1024);
        Parameter v = models.parameter("v", 1, 1024, 16);
        Tensor x = models.data(512, 16);
        Plan p = plan(() -> Tensor.grad(List.of(Functional.gelu(x.matmul(w)).matmul(v).square().sum()), List.of(w), null, false).getFirst());
        String report = p.report();
        assertEquals(1, report.lines().filter(l -> l.contains("erf")).count(), report);
        assertEquals(1, report.lines().filter(l -> l.contains("erf") && l.contains("exp")).count(), report);
    }

    @Test
    void attentionCopiesNoQueryKeyOrValue() {
        Tensor qkv = models.data(2, 32, 3, 4, 16);
        launches(4, plan(() -> {
            List<Tensor> parts = qkv.mul(2).permute(2, 0, 3, 1, 4).unbind(0);
            return Functional.scaledDotProductAttention(parts.get(0), parts.get(1), parts.get(2), null, 0, true);
        }));
    }

    @Test
    void memoryIsCloseToTheBound() {
        Tensor x = models.data(64, 784);
        Tensor image = models.data(16, 1, 28, 28);
        Models.Training mlp = Models.mlp(64, models.labels(10, 64));
        Models.Training cnn = Models.cnn(models.labels(10, 16));
        Models.Training gpt = Models.gpt(4, 16, 32, 4, 65, models.labels(65, 64));
        Tensor ids = models.labels(65, 4, 16);
        for (Supplier<Tensor> s : List.<Supplier<Tensor>>of(() -> mlp.step(x), () -> cnn.step(image), () -> gpt.step(ids))) {
            Plan p = plan(s);
            assertTrue(p.arenaBytes() <= 1.15 * p.maxLiveBytes(), p::report);
        }
    }

    @Test
    void memoryOfAResNetAndATransformerIsCloseToTheBound() {
        ResNet net = ResNet.resnet18(10, ResNet.Stem.CIFAR);
        SGD sgd = new SGD(net.parameters(), 0.01);
        Tensor image = models.data(32, 3, 32, 32);
        Tensor labels = models.labels(10, 32);
        Models.Training gpt = Models.gptDeep(2, 32, 64, 128, 4, 65, models.labels(65, 2048));
        Tensor ids = models.labels(65, 32, 64);
        Supplier<Tensor> resnet = () -> {
            sgd.zeroGrad();
            Tensor loss = Models.crossEntropy(net.forward(image), labels);
            loss.backward();
            sgd.step();
            return loss;
        };
        for (Supplier<Tensor> s : List.of(resnet, () -> gpt.step(ids))) {
            Plan p = plan(s);
            assertTrue(p.launches().size() > 50 && p.arenaBytes() > 10_000_000, p::report);
            assertTrue(p.arenaBytes() <= 1.15 * p.maxLiveBytes(), p::report);
        }
    }

    @Test
    void everyParameterIsUpdatedInPlace() {
        Models.Training t = Models.mlp(64, models.labels(10, 64));
        Tensor x = models.data(64, 784);
        Programs.of(() -> t.step(x));
        Plan p = plan(() -> t.step(x));
        assertEquals(List.of(), p.stores(), p::report);
    }

    @Test
    void liveRangesOfTheArenaDoNotOverlap() {
        Models.Training t = Models.gpt(2, 8, 16, 2, 30, models.labels(30, 16));
        Tensor ids = models.labels(30, 2, 8);
        Plan p = plan(() -> t.step(ids));
        int n = p.storages().size();
        int[] first = new int[n];
        int[] last = new int[n];
        java.util.Arrays.fill(first, Integer.MAX_VALUE);
        for (int s : p.inputs()) {
            first[s] = -1;
        }
        for (int l = 0; l < p.launches().size(); l++) {
            for (int part : touched(p.launches().get(l))) {
                for (int s = part; s >= 0; s = p.storages().get(s).within()) {
                    first[s] = Math.min(first[s], l);
                    last[s] = l;
                }
            }
        }
        for (int o : p.outputs()) {
            last[o] = p.launches().size();
        }
        for (int s = 0; s < n; s++) {
            for (int o = 0; o < s; o++) {
                boolean whole = p.storages().get(s).within() < 0 && p.storages().get(o).within() < 0;
                if (whole && p.offsets()[s] >= 0 && p.offsets()[o] >= 0 && first[s] <= last[o] && first[o] <= last[s]) {
                    boolean apart = p.offsets()[s] + p.storages().get(s).bytes() <= p.offsets()[o]
                            || p.offsets()[o] + p.storages().get(o).bytes() <= p.offsets()[s];
                    assertTrue(apart, s + " and " + o + " share memory\n" + p.report());
                }
            }
        }
    }

    private static Set<Integer> touched(Plan.Launch l) {
        Set<Integer> all = new HashSet<>();
        switch (l) {
            case Plan.KernelLaunch k -> k.kernels().forEach(x -> IntStream.of(x.buffers()).forEach(all::add));
            case Plan.CallLaunch c -> {
                IntStream.of(c.operands()).forEach(all::add);
                all.add(c.result());
            }
        }
        return all;
    }

    @Test
    void theReportNamesLaunchesAndMemory() {
        Tensor x = models.data(64, 100);
        String report = plan(() -> x.softmax(1)).report();
        assertTrue(report.startsWith("1 launches") && report.contains("exp") && report.contains("64x100"), report);
    }

    @Test
    void thousandsOfInstructionsArePlannedQuickly() {
        Tensor x = models.data(16, 16);
        Canonicalizer.Result r = Programs.trace(() -> {
            Tensor y = x;
            for (int i = 0; i < 1500; i++) {
                y = y.mul(1.0 + i * 1e-6).add(x).tanh();
            }
            return y;
        });
        Program p = r.program();
        assertTrue(p.size() > 4500);
        long start = System.nanoTime();
        Planner.plan(p, PlanOptions.DEFAULT);
        assertTrue(System.nanoTime() - start < 10_000_000_000L, "planning " + p.size() + " instructions took "
                + (System.nanoTime() - start) / 1e9 + " s");
    }
}
