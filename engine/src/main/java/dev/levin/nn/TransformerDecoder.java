package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A stack of decoder layers, and a norm at the end if there is one. */
public final class TransformerDecoder extends Module {
    public final List<TransformerDecoderLayer> layers;
    public final Layer norm;

    public TransformerDecoder(Supplier<TransformerDecoderLayer> layer, int numLayers) {
        this(layer, numLayers, null);
    }

    /** @param layer makes one layer per call, each with parameters of its own */
    public TransformerDecoder(Supplier<TransformerDecoderLayer> layer, int numLayers, Layer norm) {
        layers = Stream.generate(layer).limit(numLayers).toList();
        this.norm = norm;
    }

    public Tensor forward(Tensor tgt, Tensor memory) {
        return forward(tgt, memory, DecoderMasks.NONE);
    }

    public Tensor forward(Tensor tgt, Tensor memory, DecoderMasks masks) {
        return within(() -> {
            Tensor x = tgt;
            for (TransformerDecoderLayer l : layers) {
                x = l.forward(x, memory, masks);
            }
            return norm == null ? x : norm.call(x);
        });
    }
}
