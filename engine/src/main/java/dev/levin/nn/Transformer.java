package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Encoder and decoder of "Attention is all you need" (Vaswani et al. 2017), without embeddings and output layer. */
public final class Transformer extends Module {
    public final TransformerEncoder encoder;
    public final TransformerDecoder decoder;

    /** 512 features, 8 heads, 6 layers each. */
    public Transformer() {
        this(512, 8, 6, 6, TransformerOptions.DEFAULT);
    }

    public Transformer(int dModel, int nhead, int numEncoderLayers, int numDecoderLayers, TransformerOptions options) {
        encoder = new TransformerEncoder(() -> new TransformerEncoderLayer(dModel, nhead, options), numEncoderLayers, options.norm(dModel));
        decoder = new TransformerDecoder(() -> new TransformerDecoderLayer(dModel, nhead, options), numDecoderLayers, options.norm(dModel));
        Init xavier = Init.xavierUniform();
        parameters().stream().filter(p -> p.dim() > 1).forEach(xavier::fill);
    }

    /** Source [S, N, E] and target [T, N, E]; batch first if the options say so. */
    public Tensor forward(Tensor src, Tensor tgt) {
        return forward(src, tgt, null, null, DecoderMasks.NONE);
    }

    /** With masks as in {@link MultiheadAttention}; any may be null. */
    public Tensor forward(Tensor src, Tensor tgt, Tensor srcMask, Tensor srcKeyPaddingMask, DecoderMasks masks) {
        return within(() -> decoder.forward(tgt, encoder.forward(src, srcMask, srcKeyPaddingMask, false), masks));
    }

    /** Floats [size, size] to be added to scores: minus infinity above the diagonal, 0 elsewhere. */
    public static Tensor generateSquareSubsequentMask(int size) {
        return Functional.causalMask(size, size).where(Tensor.scalar(0, DType.F32), Tensor.scalar(Double.NEGATIVE_INFINITY, DType.F32));
    }
}
