package dev.levin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModuleTest {
    static class Residual extends Layer {
        final Layer inner;
        final Parameter scale = parameter(Init.constant(0.1), 1);

        Residual(Layer inner) {
            this.inner = inner;
        }

        @Override
        public Tensor forward(Tensor x) {
            return x.add(inner.forward(x).mul(scale));
        }
    }

    static class Base extends Layer {
        final Layer first = new Linear(3, 3);

        @Override
        public Tensor forward(Tensor x) {
            return first.forward(x);
        }
    }

    static class Net extends Base {
        final Layer net = new Sequential(new Linear(3, 3), new ReLU(), new Residual(new Linear(3, 3, false)));
        final List<Linear> heads = List.of(new Linear(3, 1), new Linear(3, 2));
        final Map<String, Layer> named = new LinkedHashMap<>(Map.of("a", new Linear(3, 1)));
        final Linear[] array = {new Linear(3, 1)};
        final Layer tied = heads.getFirst();
        @Key("running_mean")
        final State runningMean = buffer(Tensor.zeros(3));
        final State scratch = buffer(Tensor.zeros(3), false);
        final transient Layer outside = new Linear(1, 1);
        final List<Integer> numbers = List.of(1, 2);
        final String name = "net";
        Layer absent;
    }

    @Test
    void keysAreFieldNamesInTheOrderOfDeclarationSuperclassFirst() {
        assertEquals(List.of("first.weight", "first.bias", "net.0.weight", "net.0.bias", "net.2.scale", "net.2.inner.weight",
                "heads.0.weight", "heads.0.bias", "heads.1.weight", "heads.1.bias", "named.a.weight", "named.a.bias",
                "array.0.weight", "array.0.bias"), List.copyOf(new Net().namedParameters().keySet()));
    }

    @Test
    void aTiedParameterCountsOnceAndIsInTheStateDictUnderAllItsNames() {
        Net net = new Net();
        var state = net.stateDict();
        assertSame(state.get("heads.0.weight"), state.get("tied.weight"));
        assertEquals("running_mean", state.keySet().iterator().next());
        assertFalse(state.containsKey("scratch"));
        assertEquals(List.of("running_mean", "scratch"), List.copyOf(net.namedBuffers().keySet()));
        assertEquals(net.namedParameters().size(), net.parameters().size());
    }

    @Test
    void namesOfVariablesAreThoseInTheLargestTree() {
        Net net = new Net();
        net.net.parameters();
        assertEquals("0.weight", ((Linear) ((Sequential) net.net).get(0)).weight.name());
        net.parameters();
        net.net.parameters();
        assertEquals("net.0.weight", ((Linear) ((Sequential) net.net).get(0)).weight.name());
        assertEquals("net.2.inner", ((Residual) ((Sequential) net.net).get(2)).inner.path());
    }

    @Test
    void loadingReportsEverythingThatDoesNotFitAtOnceAndChangesNothing() {
        Linear a = new Linear(2, 3);
        float[] before = a.weight.toFloats();
        Map<String, Tensor> state = Map.of("wieght", Tensor.zeros(3, 2), "bias", Tensor.zeros(4));
        String message = assertThrows(IllegalArgumentException.class, () -> a.loadStateDict(state)).getMessage();
        assertTrue(message.contains("missing: weight (near wieght)"), message);
        assertTrue(message.contains("unexpected: wieght (near weight)"), message);
        assertTrue(message.contains("bias has shape [4], but this module needs [3]"), message);
        assertArrayEquals(before, a.weight.toFloats());
        LoadReport report = a.loadStateDict(Map.of("bias", Tensor.ones(3), "more", Tensor.ones(1)), false);
        assertEquals(new LoadReport(List.of("weight"), List.of("more")), report);
        assertArrayEquals(new float[] {1, 1, 1}, a.bias.toFloats());
    }

    @Test
    void aStateDictLoadsIntoAnotherModel() {
        Net a = new Net();
        Net b = new Net();
        b.loadStateDict(a.stateDict());
        Tensor x = Tensor.randn(4, 3);
        assertArrayEquals(a.net.forward(x).toFloats(), b.net.forward(x).toFloats());
        b.heads.get(0).weight.set(Tensor.zeros(1, 3));
        assertFalse(java.util.Arrays.equals(a.heads.get(0).weight.toFloats(), b.heads.get(0).weight.toFloats()));
    }

    @Test
    void wrongShapesNameTheLayer() {
        Net net = new Net();
        net.parameters();
        String message = assertThrows(IllegalArgumentException.class, () -> net.net.forward(Tensor.ones(2, 5))).getMessage();
        assertTrue(message.contains("[2, 5]") && message.contains("[3, 3]") && message.contains("in layer net.0"), message);
    }

    @Test
    void trainAndEvalReachEveryModule() {
        Net net = new Net();
        net.eval();
        assertTrue(net.namedModules().values().stream().noneMatch(Module::isTraining));
        net.train();
        assertTrue(net.namedModules().values().stream().allMatch(Module::isTraining));
    }

    @Test
    void frozenParametersGetNoGradient() {
        Net net = new Net();
        net.first.freeze();
        assertEquals(12, net.numParameters() - net.numTrainable());
        net.first.forward(net.net.forward(Tensor.ones(2, 3))).sum().backward();
        assertNull(((Linear) net.first).weight.grad());
        assertEquals(9, ((Linear) ((Sequential) net.net).get(0)).weight.grad().numel());
        net.zeroGrad();
        assertNull(((Linear) ((Sequential) net.net).get(0)).weight.grad());
    }

    @Test
    void convertingChangesParametersAndTheirGradients() {
        Linear a = new Linear(2, 1);
        a.weight.set(Tensor.of(new float[] {1, 2}, 1, 2));
        a.forward(Tensor.ones(1, 2)).sum().backward();
        a.to(DType.F64);
        assertEquals(DType.F64, a.weight.dtype());
        assertArrayEquals(new double[] {1, 2}, a.weight.toDoubles());
        a.zeroGrad();
        a.forward(Tensor.ones(1, 2).to(DType.F64)).sum().backward();
        assertEquals(DType.F64, a.weight.grad().dtype());
    }

    @Test
    void hooksSeeAndReplaceInputOutputAndGradient() {
        Linear a = new Linear(2, 1, false);
        a.weight.set(Tensor.of(new float[] {1, 2}, 1, 2));
        List<String> seen = new ArrayList<>();
        var pre = a.registerForwardPreHook((layer, x) -> x.mul(10));
        var post = a.registerForwardHook((layer, x, y) -> {
            seen.add(x.shape() + " " + y.shape());
            return y.add(1);
        });
        var back = a.registerBackwardHook((layer, g) -> g.mul(100));
        Tensor y = a.forward(Tensor.ones(1, 2));
        y.sum().backward();
        assertEquals(31, y.item());
        assertArrayEquals(new float[] {1000, 1000}, a.weight.grad().toFloats());
        pre.close();
        post.close();
        back.close();
        assertEquals(3, new Sequential(a).forward(Tensor.ones(1, 2)).item());
        assertEquals(List.of("[1, 2] [1, 1]"), seen);
    }

    @Test
    void printsAsPyTorchDoes() {
        assertEquals("""
                Sequential(
                  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
                  (1): Sequential(
                    (0): ReLU()
                    (1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
                  )
                  (2): Dropout(p=0.25)
                  (3): Linear(in_features=8, out_features=4, bias=True)
                )""", new Sequential(new Conv2d(3, 8, 3, ConvOptions.stride(2).padding(1).bias(false)),
                new Sequential(new ReLU(), new MaxPool2d(2)), new Dropout(0.25), new Linear(8, 4)).toString());
    }

    @Test
    void predictionsStayReadableAfterTheUpdate() {
        Linear a = new Linear(2, 2);
        Tensor logits = a.forward(Tensor.ones(1, 2));
        float[] now = a.forward(Tensor.ones(1, 2)).toFloats();
        Losses.crossEntropy(logits, Tensor.of(new long[] {1})).backward();
        a.weight.set(Tensor.zeros(2, 2));
        dev.levin.tensor.Engine.flush();
        assertArrayEquals(now, logits.toFloats());
    }
}
