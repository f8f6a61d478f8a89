package dev.levin.io.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.io.OnnxExport;
import dev.levin.io.OnnxExportException;
import dev.levin.io.OnnxTensors;
import dev.levin.io.onnx.ModelProto;
import dev.levin.io.onnx.NodeProto;
import dev.levin.io.onnx.TensorProto;
import dev.levin.nn.AdaptiveAvgPool2d;
import dev.levin.nn.AvgPool2d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.ConvTranspose2d;
import dev.levin.nn.Dropout;
import dev.levin.nn.ELU;
import dev.levin.nn.Embedding;
import dev.levin.nn.Flatten;
import dev.levin.nn.Functional;
import dev.levin.nn.GELU;
import dev.levin.nn.GRU;
import dev.levin.nn.GroupNorm;
import dev.levin.nn.Hardswish;
import dev.levin.nn.InstanceNorm2d;
import dev.levin.nn.Interpolation;
import dev.levin.nn.LSTM;
import dev.levin.nn.Layer;
import dev.levin.nn.LayerNorm;
import dev.levin.nn.LeakyReLU;
import dev.levin.nn.Linear;
import dev.levin.nn.LogSoftmax;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.Mish;
import dev.levin.nn.Module;
import dev.levin.nn.MultiheadAttention;
import dev.levin.nn.RNN;
import dev.levin.nn.ReLU;
import dev.levin.nn.ReflectionPad2d;
import dev.levin.nn.RnnOptions;
import dev.levin.nn.Sequential;
import dev.levin.nn.SiLU;
import dev.levin.nn.Softplus;
import dev.levin.nn.Transformer;
import dev.levin.nn.TransformerEncoder;
import dev.levin.nn.TransformerEncoderLayer;
import dev.levin.nn.TransformerOptions;
import dev.levin.nn.Upsample;
import dev.levin.nn.models.ResNet;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Slice;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxExportTest {
    @TempDir
    Path dir;

    @BeforeEach
    void seed() {
        Generator.global().manualSeed(3);
    }

    /** A layer of a function, for what has no layer. */
    private static final class Fn extends Layer {
        private final transient UnaryOperator<Tensor> function;

        Fn(UnaryOperator<Tensor> function) {
            this.function = function;
        }

        @Override
        public Tensor forward(Tensor x) {
            return function.apply(x);
        }
    }

    private static ModelProto parsed(OnnxExport export) {
        try {
            return ModelProto.parseFrom(export.toBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Exports, runs the model at several batch sizes, and compares with what the engine computes. */
    private static ModelProto check(Module module, Function<List<Tensor>, List<Tensor>> forward, int[] batchAxes, IntFunction<Tensor[]> inputs) {
        // Norms that do nothing would show nothing.
        module.namedBuffers().forEach((key, b) -> {
            if (key.endsWith("running_mean") || key.endsWith("running_var")) {
                b.set(Tensor.rand(b.shape().dims()).add(0.5));
            }
        });
        module.namedParameters().values().stream().filter(p -> p.dim() == 1).forEach(p -> p.set(p.add(Tensor.rand(p.shape().dims()))));
        Tensor[] examples = inputs.apply(2);
        ModelProto model = parsed(OnnxExport.of(module, forward, examples).batchAxes(batchAxes));
        module.eval();
        for (int batch : new int[] {2, 3, 1}) {
            Tensor[] in = inputs.apply(batch);
            Map<String, Arr> given = new LinkedHashMap<>();
            for (int i = 0; i < in.length; i++) {
                given.put(in.length == 1 ? "input" : "input_" + i, Arr.of(in[i]));
            }
            List<Arr> results = new ArrayList<>(OnnxRunner.run(model, given).values());
            List<Tensor> wanted;
            try (var _ = Grad.off()) {
                wanted = forward.apply(List.of(in));
            }
            assertEquals(wanted.size(), results.size());
            for (int k = 0; k < results.size(); k++) {
                double[] want = wanted.get(k).toDoubles();
                assertArrayEquals(wanted.get(k).shape().dims(), results.get(k).shape());
                for (int i = 0; i < want.length; i++) {
                    assertEquals(want[i], results.get(k).data()[i], 1e-5 * (1 + Math.abs(want[i])), "batch " + batch + ", result " + k + ", element " + i);
                }
            }
        }
        return model;
    }

    private static ModelProto check(Layer layer, int... shape) {
        return check(layer, in -> List.of(layer.call(in.getFirst())), new int[] {0}, batch -> {
            int[] s = shape.clone();
            s[0] = batch;
            return new Tensor[] {Tensor.randn(s)};
        });
    }

    private static List<String> ops(ModelProto model) {
        return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
    }

    private static long count(ModelProto model, String op) {
        return ops(model).stream().filter(op::equals).count();
    }

    private static Set<String> initializers(ModelProto model) {
        return model.getGraph().getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
    }

    // ---- whole models -------------------------------------------------------------------------------------------------

    @Test
    void aPerceptronIsGemmAndRelu() {
        Layer net = new Sequential(new Flatten(), new Linear(24, 16), new ReLU(), new Dropout(0.5), new Linear(16, 10));
        ModelProto model = check(net, 2, 4, 6);
        assertEquals(List.of("Reshape", "Gemm", "Relu", "Gemm"), ops(model));
        assertTrue(initializers(model).containsAll(net.stateDict().keySet()));
        assertEquals("/4/Gemm", model.getGraph().getNode(3).getName());
        assertEquals("batch", model.getGraph().getInput(0).getType().getTensorType().getShape().getDim(0).getDimParam());
        assertEquals("levin", model.getProducerName());
        assertEquals(17, model.getOpsetImport(0).getVersion());
    }

    @Test
    void aConvolutionalNetworkKeepsItsLayers() {
        ModelProto model = check(new Sequential(new Conv2d(1, 4, 3), new BatchNorm2d(4), new ReLU(), new MaxPool2d(2),
                new Conv2d(4, 6, 3, ConvOptions.stride(2).padding(1).groups(2).bias(false)), new LeakyReLU(), new AvgPool2d(2), new Flatten(),
                new Linear(6, 3), new LogSoftmax(1)), 2, 1, 12, 12);
        assertEquals(List.of("Conv", "BatchNormalization", "Relu", "MaxPool", "Conv", "LeakyRelu", "AveragePool", "Reshape", "Gemm", "LogSoftmax"),
                ops(model));
    }

    @Test
    void aResidualNetworkKeepsItsNames() {
        ResNet net = new ResNet(new int[] {1, 1, 1, 1}, 5, 3, 4, ResNet.Stem.CIFAR);
        ModelProto model = check(net, 2, 3, 16, 16);
        assertEquals(12, count(model, "Conv"));
        assertEquals(12, count(model, "BatchNormalization"));
        assertEquals(9, count(model, "Relu"));
        assertTrue(initializers(model).contains("layer2.0.downsample.0.weight"));
        assertTrue(model.getGraph().getNodeList().stream().anyMatch(n -> n.getName().equals("/layer2/0/downsample/0/Conv")));
    }

    @Test
    void recurrentLayersAreOneNodeEach() {
        for (RnnOptions o : List.of(RnnOptions.DEFAULT, RnnOptions.layers(2).bidirectional().batchFirst(), RnnOptions.DEFAULT.bias(false).bidirectional())) {
            int axis = o.isBatchFirst() ? 0 : 1;
            IntFunction<Tensor[]> inputs = batch -> new Tensor[] {o.isBatchFirst() ? Tensor.randn(batch, 4, 3) : Tensor.randn(4, batch, 3)};
            int[] axes = {axis};
            LSTM lstm = new LSTM(3, 5, o);
            assertEquals(o.numLayers(), count(check(lstm, in -> {
                var out = lstm.forward(in.getFirst());
                return List.of(out.output(), out.hidden(), out.cell());
            }, axes, inputs), "LSTM"));
            GRU gru = new GRU(3, 5, o);
            assertEquals(o.numLayers(), count(check(gru, in -> {
                var out = gru.forward(in.getFirst());
                return List.of(out.output(), out.hidden());
            }, axes, inputs), "GRU"));
            RNN rnn = new RNN(3, 5, o, true);
            assertEquals(o.numLayers(), count(check(rnn, in -> List.of(rnn.forward(in.getFirst()).output()), axes, inputs), "RNN"));
        }
    }

    @Test
    void aRecurrentLayerTakesInitialStates() {
        LSTM lstm = new LSTM(3, 5, RnnOptions.layers(2).bidirectional());
        ModelProto model = check(lstm, in -> List.of(lstm.forward(in.get(0), in.get(1), in.get(2)).output()), new int[] {1},
                batch -> new Tensor[] {Tensor.randn(4, batch, 3), Tensor.randn(4, batch, 5), Tensor.randn(4, batch, 5)});
        assertEquals(2, count(model, "LSTM"));
    }

    @Test
    void projectedStatesAreUnrolled() {
        LSTM lstm = new LSTM(3, 5, RnnOptions.DEFAULT.projSize(2));
        assertEquals(0, count(check(lstm, in -> List.of(lstm.forward(in.getFirst()).output()), new int[] {1},
                batch -> new Tensor[] {Tensor.randn(3, batch, 3)}), "LSTM"));
    }

    @Test
    void aTransformerIsMatMulSoftmaxAndLayerNormalization() {
        ModelProto model = check(new TransformerEncoder(() -> new TransformerEncoderLayer(8, 2, TransformerOptions.DEFAULT.dimFeedforward(16)
                .batchFirst()), 2), 2, 5, 8);
        assertEquals(2, count(model, "Softmax"));
        assertEquals(4, count(model, "LayerNormalization"));
    }

    private static final class Gpt extends Layer {
        final Embedding tokens = new Embedding(11, 8);
        final Embedding positions = new Embedding(6, 8);
        final TransformerEncoder blocks = new TransformerEncoder(() -> new TransformerEncoderLayer(8, 2,
                TransformerOptions.DEFAULT.dimFeedforward(16).activation(Functional::gelu).batchFirst().normFirst()), 1, new LayerNorm(8));
        final Linear head = new Linear(8, 11);

        @Override
        public Tensor forward(Tensor x) {
            Tensor h = tokens.call(x).add(positions.call(Tensor.arange(x.size(1))));
            return head.call(blocks.forward(h, Transformer.generateSquareSubsequentMask(x.size(1)), null, true));
        }
    }

    @Test
    void aLanguageModelTakesTokens() {
        Gpt gpt = new Gpt();
        ModelProto model = check(gpt, in -> List.of(gpt.call(in.getFirst())), new int[] {0}, batch -> new Tensor[] {Tensor.randint(0, 11, batch, 6)});
        assertEquals(TensorProto.DataType.INT64_VALUE, model.getGraph().getInput(0).getType().getTensorType().getElemType());
        assertEquals(2, count(model, "Gather"));
    }

    @Test
    void attentionTakesAMaskAsInput() {
        MultiheadAttention attention = new MultiheadAttention(8, 2, 0, true);
        check(attention, in -> List.of(attention.forward(in.get(0), in.get(0), in.get(0), in.get(1), null, true, false).output()), new int[] {0},
                batch -> new Tensor[] {Tensor.randn(batch, 4, 8), Tensor.randn(batch, 4).gt(0.8)});
    }

    // ---- layers and functions -----------------------------------------------------------------------------------------

    @Test
    void layersOfImages() {
        check(new ConvTranspose2d(4, 6, 3, ConvOptions.stride(2).padding(1).outputPadding(1).groups(2)), 2, 4, 5, 4);
        check(new Conv2d(2, 3, 4, ConvOptions.same()), 2, 2, 5, 6);
        check(new AvgPool2d(new int[] {3}, new int[] {2}, new int[] {1}, true, false, 0), 2, 2, 6, 7);
        check(new MaxPool2d(new int[] {3}, new int[] {2}, new int[] {1}, new int[] {1}, true), 2, 2, 6, 7);
        check(new AdaptiveAvgPool2d(3, 2), 2, 2, 7, 5);
        check(new InstanceNorm2d(3, 1e-5, 0.1, true, false), 2, 3, 4, 5);
        check(new GroupNorm(2, 4), 2, 4, 3, 3);
        check(new ReflectionPad2d(1), 2, 2, 4, 5);
        check(new Upsample(2, Interpolation.BILINEAR), 2, 2, 3, 4);
    }

    @Test
    void activations() {
        for (Layer l : List.of(new GELU(), new SiLU(), new ELU(0.7), new Hardswish(), new Softplus(), new Softplus(2, 3), new Mish())) {
            check(l, 2, 3, 4);
        }
    }

    @Test
    void functionsThatOnnxHasInPiecesOnly() {
        check(new Fn(x -> x.cumprod(1)), 2, 7);
        check(new Fn(x -> x.cummax(1).values().sub(x.cummin(1).values())), 2, 5);
        check(new Fn(x -> x.logcumsumexp(1).flip(1).cumsum(1)), 2, 5);
        check(new Fn(x -> x.mul(100.0).to(DType.I64).bitwiseRightShift(Tensor.scalar(3, DType.I64)).to(DType.F32)), 2, 6);
        check(new Fn(x -> x.atan2(x.flip(1))), 2, 6);
        check(new Fn(x -> x.expm1().add(x.trunc())), 2, 6);
    }

    @Test
    void whatDependsOnTheBatchIsComputedFromIt() {
        check(new Fn(x -> x.mean(0)), 2, 3);
        check(new Fn(x -> x.add(Tensor.arange(x.size(0)).reshape(-1, 1).mul(0.5))), 2, 3);
        check(new Fn(x -> x.flip(0)), 2, 3);
        check(new Fn(x -> x.select(0, -1)), 2, 3);
        check(new Fn(x -> x.get(Slice.from(1)).sum().add(x.get(Slice.to(-1)).amax(1, false).sum())), 2, 3);
        check(new Fn(x -> x.matmul(x.t())), 2, 3);
        check(new Fn(x -> Tensor.cat(List.of(x, Tensor.zerosLike(x)), 0)), 2, 3);
        check(new Fn(x -> x.reshape(-1)), 2, 3);
    }

    @Test
    void aModelMayGiveItsInputOrAWeight() {
        Linear l = new Linear(2, 2);
        check(l, in -> List.of(in.getFirst(), l.weight, in.getFirst().add(1.0), in.getFirst().add(1.0)), new int[] {0},
                batch -> new Tensor[] {Tensor.randn(batch, 2)});
    }

    // ---- the file -----------------------------------------------------------------------------------------------------

    @Test
    void weightsAreReadBackUnderTheirNames() throws IOException {
        Layer net = new Sequential(new Linear(3, 4), new BatchNorm2d(2));
        Path file = dir.resolve("a.onnx");
        OnnxExport.write(file, (Layer) net.children().getFirst(), Tensor.zeros(1, 3));
        var back = OnnxTensors.read(file);
        assertEquals(Set.of("weight", "bias"), back.keySet());
        assertArrayEquals(((Linear) net.children().getFirst()).weight.toFloats(), (float[]) back.get("weight").data().array());
    }

    @Test
    void tiedWeightsAreOneInitializer() {
        class Tied extends Layer {
            final Linear a = new Linear(3, 3, false);
            final Linear b = a;

            @Override
            public Tensor forward(Tensor x) {
                return b.call(a.call(x));
            }
        }
        ModelProto model = check(new Tied(), 2, 3);
        assertEquals(Set.of("a.weight"), initializers(model));
    }

    @Test
    void namesAreTheUsers() {
        Linear l = new Linear(3, 2);
        ModelProto model = parsed(OnnxExport.of(l, in -> Map.of("logits", l.call(in.getFirst())), Tensor.zeros(1, 3)).inputNames("features")
                .name("net").doc("two classes").opset(20));
        assertEquals("features", model.getGraph().getInput(0).getName());
        assertEquals("logits", model.getGraph().getOutput(0).getName());
        assertEquals("net", model.getGraph().getName());
        assertEquals("two classes", model.getDocString());
        assertEquals(20, model.getOpsetImport(0).getVersion());
        assertEquals(9, model.getIrVersion());
        assertThrows(OnnxExportException.class, () -> OnnxExport.of(l, Tensor.zeros(1, 3)).inputNames("weight").toBytes());
        assertThrows(OnnxExportException.class, () -> OnnxExport.of(l, Tensor.zeros(1, 3)).outputNames("a", "b").toBytes());
        assertThrows(IllegalArgumentException.class, () -> OnnxExport.of(l, Tensor.zeros(1, 3)).opset(12));
        assertThrows(IllegalArgumentException.class, () -> OnnxExport.of(l, Tensor.zeros(1, 3)).batchAxes(2));
    }

    @Test
    void aFixedBatchIsTheExamples() {
        Layer branch = new Fn(x -> x.size(0) > 6 ? x.relu() : x.neg());
        ModelProto model = parsed(OnnxExport.of(branch, Tensor.zeros(2, 3)).fixedBatch());
        assertEquals(List.of("Neg"), ops(model));
        assertEquals(2, model.getGraph().getInput(0).getType().getTensorType().getShape().getDim(0).getDimValue());
    }

    @Test
    void modesAndStateStayAsTheyWere() {
        Sequential net = new Sequential(new Dropout(0.5), new BatchNorm2d(2));
        net.get(1).eval();
        var before = ((BatchNorm2d) net.get(1)).numBatchesTracked.itemLong();
        parsed(OnnxExport.of(net, Tensor.randn(2, 2, 3, 3)));
        assertTrue(net.isTraining() && net.get(0).isTraining());
        assertFalse(net.get(1).isTraining());
        assertEquals(before, ((BatchNorm2d) net.get(1)).numBatchesTracked.itemLong());
    }

    // ---- refusals -----------------------------------------------------------------------------------------------------

    private static String refusal(Layer layer, int... shape) {
        return assertThrows(OnnxExportException.class, () -> OnnxExport.of(new Sequential(layer), Tensor.randn(shape)).toBytes()).getMessage();
    }

    private static void says(String message, String... parts) {
        for (String p : parts) {
            assertTrue(message.contains(p), message);
        }
    }

    @Test
    void whatOnnxCantSayIsRefusedWithItsLayer() {
        says(refusal(new Fn(x -> x.add(Tensor.rand(x.shape().dims()))), 2, 3), "random", "layer 0");
        says(refusal(new Fn(x -> x.erfinv()), 2, 3), "ERFINV", "layer 0");
        says(refusal(new Fn(x -> x.lgamma()), 2, 3), "LGAMMA", "layer 0");
        says(refusal(new Fn(x -> x.cumprod(0)), 2, 3), "along the batch");
        says(refusal(new Fn(x -> x.matmul(x.mT()).inverse()), 2, 3, 3), "INVERSE");
    }

    @Test
    void whatHoldsForOneBatchOnlyIsRefused() {
        says(refusal(new Fn(x -> x.size(0) > 6 ? x.relu() : x.neg()), 2, 3), "batch size", "fixedBatch");
        says(refusal(new Fn(x -> x.get(Slice.to(x.size(0) / 2 + 1)).sum()), 2, 3), "evenly", "fixedBatch");
        says(refusal(new Fn(x -> x.mul(x.sum().item())), 2, 3), "host");
        says(refusal(new Fn(x -> x.reshape(2, 3)), 2, 3), "batchAxes", "reshape");
        says(refusal(new Fn(x -> x.add(Tensor.of(new float[x.size(0)]).reshape(-1, 1))), 2, 3), "host data");
        says(refusal(new Fn(x -> Tensor.of(x.toFloats(), x.shape().dims())), 2, 3), "host");
    }

    @Test
    void whatHoldsForOneInputOnlyIsRefusedForAFixedBatchToo() {
        Map<String, UnaryOperator<Tensor>> models = Map.of("Java number", x -> x.mul(x.sum().item()), "depends on the values", x -> x.sum().item() > 0
                ? x.relu() : x.neg(), "on the host", x -> Tensor.of(x.toFloats(), x.shape().dims()), "shape", x -> x.get(x.gt(0.5)));
        Tensor example = Tensor.of(new float[] {1, 0.6f, -1.5f, 0.2f}, 2, 2);
        models.forEach((reason, model) -> says(assertThrows(OnnxExportException.class,
                () -> OnnxExport.of(new Fn(model), example).fixedBatch().toBytes(), reason).getMessage(), reason));
    }

    @Test
    void anExportInsideAStepIsRefused() {
        Linear l = new Linear(2, 2);
        assertThrows(IllegalStateException.class, () -> Step.run("train", () -> {
            OnnxExport.of(l, Tensor.zeros(1, 2)).toBytes();
        }));
    }

    @Test
    void extentsOfTheBatchAreTold() {
        int[] sizes = {5, 7, 11};
        assertEquals(new Extent(3, 2), Extent.of(new long[] {17, 23, 35}, sizes));
        assertEquals(new Extent(0, 4), Extent.of(new long[] {4, 4, 4}, sizes));
        assertEquals(null, Extent.of(new long[] {25, 49, 121}, sizes));
        assertEquals(null, Extent.of(new long[] {3, 4, 6}, sizes));
        assertEquals("4*batch-1", new Extent(4, -1).toString());
    }
}
