package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A stack of encoder layers, and a norm at the end if there is one. */
public final class TransformerEncoder extends BuiltIn {
    public final List<TransformerEncoderLayer> layers;
    public final Layer norm;

    public TransformerEncoder(Supplier<TransformerEncoderLayer> layer, int numLayers) {
        this(layer, numLayers, null);
    }

    /** @param layer makes one layer per call, each with parameters of its own */
    public TransformerEncoder(Supplier<TransformerEncoderLayer> layer, int numLayers, Layer norm) {
        layers = Stream.generate(layer).limit(numLayers).toList();
        this.norm = norm;
    }

    @Override
    Tensor compute(Tensor x) {
        return encode(x, null, null, false);
    }

    /** With masks as in {@link MultiheadAttention}; they may be null. */
    public Tensor forward(Tensor src, Tensor mask, Tensor srcKeyPaddingMask, boolean isCausal) {
        return within(() -> encode(src, mask, srcKeyPaddingMask, isCausal));
    }

    private Tensor encode(Tensor src, Tensor mask, Tensor padding, boolean causal) {
        Tensor x = src;
        for (TransformerEncoderLayer l : layers) {
            x = l.forward(x, mask, padding, causal);
        }
        return norm == null ? x : norm.call(x);
    }
}
