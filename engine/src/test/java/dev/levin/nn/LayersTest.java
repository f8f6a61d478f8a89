package dev.levin.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the PyTorch cases do not reach: randomness, wrappers, unpooling, precision, errors. */
class LayersTest {
    @Test
    void dropoutScalesWhatItKeepsAndRepeatsWithItsSeed() {
        Generator.global().manualSeed(3);
        Tensor x = Tensor.ones(100, 100).requiresGrad();
        Dropout d = new Dropout(0.25);
        Tensor y = d.forward(x);
        y.sum().backward();
        float[] out = y.toFloats();
        int kept = 0;
        for (float v : out) {
            assertTrue(v == 0 || Math.abs(v - 4f / 3) < 1e-6, () -> "neither dropped nor scaled: " + v);
            kept += v == 0 ? 0 : 1;
        }
        assertEquals(7500, kept, 150);
        assertArrayEquals(out, x.grad().toFloats());
        Generator.global().manualSeed(3);
        assertArrayEquals(out, d.forward(Tensor.ones(100, 100)).toFloats());
        assertArrayEquals(Tensor.ones(2).toFloats(), d.eval().forward(Tensor.ones(2)).toFloats());
    }

    @Test
    void channelDropoutDropsWholeChannels() {
        Tensor y = new Dropout2d(0.5).forward(Tensor.ones(8, 16, 3, 3)).flatten(2, 3);
        assertArrayEquals(y.amax(new int[] {2}, false).toFloats(), y.amin(new int[] {2}, false).toFloats());
        assertTrue(y.min().item() == 0 && y.max().item() == 2);
    }

    @Test
    void alphaDropoutKeepsMeanAndVariance() {
        Generator.global().manualSeed(5);
        Tensor y = new AlphaDropout(0.3).forward(Tensor.randn(200, 200));
        assertEquals(0, y.mean().item(), 0.02);
        assertEquals(1, y.std().item(), 0.02);
    }

    @Test
    void unpoolingPutsMaximaBack() {
        Tensor x = Tensor.of(new float[] {1, 5, 2, 3, 4, 0, 9, 8, 7, 6, 1, 2, 3, 3, 4, 11}, 1, 1, 4, 4);
        var pooled = new MaxPool2d(2).forwardWithIndices(x);
        assertArrayEquals(new long[] {1, 6, 8, 15}, pooled.indices().toLongs());
        assertArrayEquals(new float[] {0, 5, 0, 0, 0, 0, 9, 0, 7, 0, 0, 0, 0, 0, 0, 11},
                new MaxUnpool2d(2).forward(pooled.output(), pooled.indices()).toFloats());
    }

    @Test
    void pixelShuffleAndUnshuffleAreInverse() {
        Tensor x = Tensor.randn(2, 8, 3, 5);
        Tensor up = new PixelShuffle(2).forward(x);
        assertEquals(Shape.of(2, 2, 6, 10), up.shape());
        assertEquals(x.get(1, 7, 2, 4).item(), up.get(1, 1, 5, 9).item());
        assertEquals(x.get(1, 5, 2, 4).item(), up.get(1, 1, 4, 9).item());
        assertArrayEquals(x.toFloats(), new PixelUnshuffle(2).forward(up).toFloats());
        assertArrayEquals(new float[] {0, 2, 1, 3}, new ChannelShuffle(2).forward(Tensor.arange(4).to(DType.F32).reshape(1, 4, 1)).toFloats());
    }

    @Test
    void weightNormStartsAsTheLayerAndHasItsOwnKeys() {
        Linear plain = new Linear(3, 2);
        Tensor x = Tensor.randn(4, 3);
        float[] before = plain.forward(x).toFloats();
        WeightNorm normed = WeightNorm.of(plain);
        assertArrayEquals(before, normed.forward(x).toFloats(), 1e-6f);
        assertEquals(List.of("bias", "weight_g", "weight_v"), List.copyOf(normed.stateDict().keySet()));
        normed.loadStateDict(Map.of("weight_g", Tensor.of(new float[] {10, 1}, 2, 1), "weight_v",
                Tensor.of(new float[] {0, 3, 4, 1, 0, 0}, 2, 3), "bias", Tensor.zeros(2)));
        assertArrayEquals(new float[] {0, 6, 8, 1, 0, 0}, normed.weight().toFloats(), 1e-6f);
        normed.forward(x).sum().backward();
        assertEquals(3, normed.parameters().stream().filter(p -> p.grad() != null).count());
        assertArrayEquals(new float[] {0, 6, 8, 1, 0, 0}, ((Linear) normed.remove()).weight.toFloats(), 1e-6f);
    }

    @Test
    void spectralNormFindsTheLargestSingularValue() {
        Linear layer = new Linear(2, 3, false);
        layer.weight.set(Tensor.of(new float[] {3, 0, 0, 1, 0, 0}, 3, 2));
        SpectralNorm normed = SpectralNorm.of(layer, 30, 1e-12);
        Tensor x = Tensor.of(new float[] {1, 1}, 1, 2);
        assertArrayEquals(new float[] {1, 1f / 3, 0}, normed.forward(x).toFloats(), 1e-5f);
        Engine.flush();
        normed.eval();
        assertArrayEquals(new float[] {1, 1f / 3, 0}, normed.forward(x).toFloats(), 1e-5f);
        assertEquals(List.of("weight_orig", "weight_u", "weight_v"), List.copyOf(normed.stateDict().keySet()));
    }

    @Test
    void embeddingRowsLongerThanTheLimitAreScaledWhenRead() {
        Embedding e = new Embedding(3, 2, null, 1.0, 2, false);
        e.weight.set(Tensor.of(new float[] {3, 4, 0.3f, 0.4f, 6, 8}, 3, 2));
        assertArrayEquals(new float[] {0.6f, 0.8f, 0.3f, 0.4f}, e.forward(Tensor.of(new long[] {0, 1})).toFloats(), 1e-5f);
        assertArrayEquals(new float[] {0.6f, 0.8f, 0.3f, 0.4f, 6, 8}, e.weight.toFloats(), 1e-5f);
        assertEquals(0, new Embedding(3, 2, -1).weight.get(2).abs().sum().item());
    }

    @Test
    void embeddingBagsOfEqualSizeNeedNoOffsetsAndSkipPadding() {
        EmbeddingBag bag = new EmbeddingBag(4, 1, BagMode.MEAN, false, 0);
        bag.weight.set(Tensor.of(new float[] {100, 1, 2, 4}, 4, 1));
        assertArrayEquals(new float[] {1.5f, 4, 0},
                bag.forward(Tensor.of(new long[] {1, 2, 3, 0, 0, 0}, 3, 2)).toFloats(), 1e-6f);
    }

    @Test
    void autocastLowersProductsAndKeepsNormsAndLossesInF32() {
        Context c = Context.current();
        c.setAutocast(new Autocast(DType.BF16));
        try {
            Tensor h = new Linear(4, 4).forward(Tensor.ones(2, 4));
            assertEquals(DType.BF16, h.dtype());
            assertEquals(DType.BF16, new Conv2d(1, 2, 2).forward(Tensor.ones(1, 1, 3, 3)).dtype());
            assertEquals(DType.F32, new LayerNorm(4).forward(h).dtype());
            assertEquals(DType.BF16, new BatchNorm1d(4).forward(h).dtype());
            assertEquals(DType.F32, Losses.crossEntropy(h, Tensor.of(new long[] {0, 1})).dtype());
            assertEquals(DType.F32, Functional.softmax(h, -1).dtype());
        } finally {
            c.setAutocast(null);
        }
        assertEquals(DType.BF16, Losses.mse(Tensor.ones(2).to(DType.BF16), Tensor.zeros(2).to(DType.BF16)).dtype());
    }

    @Test
    void batchNormKeepsItsStatisticsInEvaluation() {
        BatchNorm1d bn = new BatchNorm1d(2);
        bn.forward(Tensor.of(new float[] {1, 2, 3, 6}, 2, 2));
        bn.eval();
        bn.forward(Tensor.of(new float[] {100, 200, 300, 600}, 2, 2)).toFloats();
        assertArrayEquals(new float[] {0.2f, 0.4f}, bn.runningMean.toFloats(), 1e-6f);
        assertArrayEquals(new float[] {0.9f + 0.2f, 0.9f + 0.8f}, bn.runningVar.toFloats(), 1e-6f);
        assertEquals(1, bn.numBatchesTracked.itemLong());
    }

    @Test
    void aTransformerSeesNoFutureThroughACausalMask() {
        Transformer t = new Transformer(8, 2, 1, 1, TransformerOptions.DEFAULT.dimFeedforward(8).dropout(0).batchFirst());
        Tensor src = Tensor.randn(1, 3, 8);
        Tensor a = Tensor.randn(1, 4, 8);
        Tensor b = Tensor.cat(List.of(a.narrow(1, 0, 3), Tensor.randn(1, 1, 8)), 1);
        float[] ya = t.forward(src, a, null, null, DecoderMasks.causal()).narrow(1, 0, 3).toFloats();
        float[] yb = t.forward(src, b, null, null, DecoderMasks.causal()).narrow(1, 0, 3).toFloats();
        assertArrayEquals(ya, yb, 1e-6f);
        float[] masked = t.forward(src, a, null, null, DecoderMasks.NONE.withTgt(Transformer.generateSquareSubsequentMask(4)))
                .narrow(1, 0, 3).toFloats();
        assertArrayEquals(ya, masked, 1e-6f);
        float[] open = t.forward(src, b).narrow(1, 0, 3).toFloats();
        assertNotEquals(ya[0], open[0]);
    }

    @Test
    void sequencesPackedFromAListRunToTheirOwnEnds() {
        GRU gru = new GRU(2, 3);
        Tensor longer = Tensor.randn(4, 2);
        Tensor shorter = Tensor.randn(2, 2);
        var both = gru.forward(PackedSequence.of(List.of(longer, shorter)));
        var alone = gru.forward(shorter);
        assertArrayEquals(alone.hidden().toFloats(), both.hidden().select(1, 1).toFloats(), 1e-6f);
        assertArrayEquals(alone.output().toFloats(), both.output().select(1, 1).narrow(0, 0, 2).toFloats(), 1e-6f);
        assertEquals(0, both.output().select(1, 1).narrow(0, 2, 2).abs().sum().item());
    }

    @Test
    void parameterContainersHaveTheKeysOfPyTorch() {
        class Net extends Module {
            final ParameterList list = new ParameterList(Tensor.zeros(1), Tensor.ones(2));
            final ParameterDict dict = new ParameterDict().put("a", Tensor.ones(3));
        }
        assertEquals(List.of("list.0", "list.1", "dict.a"), List.copyOf(new Net().namedParameters().keySet()));
    }

    @Test
    void mistakesAreNamedWithWhatWasAllowed() {
        record Case(Runnable mistake, String... words) {
        }
        Tensor image = Tensor.ones(1, 3, 8, 8);
        List<Case> cases = List.of(
                new Case(() -> new Conv2d(4, 8, 3).forward(image), "[1, 3, 8, 8]", "3 channels", "needs 4", "Conv2d"),
                new Case(() -> new Conv2d(3, 8, 3, ConvOptions.DEFAULT.groups(2)), "groups", "2"),
                new Case(() -> new Conv2d(3, 8, 3, ConvOptions.stride(2).padding(Padding.SAME)).forward(image), "same", "stride 1"),
                new Case(() -> new BatchNorm2d(4).forward(image), "[N, C, H, W]", "C = 4", "[1, 3, 8, 8]"),
                new Case(() -> new BatchNorm1d(3).forward(Tensor.ones(1, 3)), "more than one value", "eval()"),
                new Case(() -> new MaxPool2d(9).forward(image), "larger"),
                new Case(() -> Losses.mse(Tensor.ones(4, 1), Tensor.ones(4)), "[4, 1]", "[4]", "reshape"),
                new Case(() -> Losses.crossEntropy(Tensor.ones(4, 3), Tensor.ones(4)), "integer", "[4]", "F32"),
                new Case(() -> new LSTM(3, 4).forward(Tensor.ones(5, 2, 7)), "input_size = 3", "[5, 2, 7]"),
                new Case(() -> new MultiheadAttention(5, 2), "divisible", "5", "2"),
                new Case(() -> new Embedding(3, 2).forward(Tensor.ones(2)), "integer", "F32"),
                new Case(() -> new Dropout(1.5), "between 0 and 1", "1.5"),
                new Case(() -> new Upsample(2, Interpolation.BILINEAR).forward(Tensor.ones(1, 1, 4)), "BILINEAR", "[1, 1, 4]"));
        for (Case c : cases) {
            String message = assertThrows(IllegalArgumentException.class, c.mistake::run).getMessage();
            for (String w : c.words) {
                assertTrue(message.contains(w), () -> "'" + w + "' is not in: " + message);
            }
        }
    }
}
