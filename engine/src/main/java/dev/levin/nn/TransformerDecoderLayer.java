package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Self-attention, attention to an encoder's output, and a feed-forward network, each with a residual sum and a norm. */
public final class TransformerDecoderLayer extends Module {
    @Key("self_attn")
    public final MultiheadAttention selfAttn;
    @Key("multihead_attn")
    public final MultiheadAttention multiheadAttn;
    public final Linear linear1;
    public final Dropout dropout;
    public final Linear linear2;
    public final LayerNorm norm1;
    public final LayerNorm norm2;
    public final LayerNorm norm3;
    public final Dropout dropout1;
    public final Dropout dropout2;
    public final Dropout dropout3;
    private final TransformerOptions options;

    public TransformerDecoderLayer(int dModel, int nhead) {
        this(dModel, nhead, TransformerOptions.DEFAULT);
    }

    public TransformerDecoderLayer(int dModel, int nhead, TransformerOptions options) {
        this.options = options;
        selfAttn = options.attention(dModel, nhead);
        multiheadAttn = options.attention(dModel, nhead);
        linear1 = new Linear(dModel, options.dimFeedforward(), options.bias());
        dropout = new Dropout(options.dropout());
        linear2 = new Linear(options.dimFeedforward(), dModel, options.bias());
        norm1 = options.norm(dModel);
        norm2 = options.norm(dModel);
        norm3 = options.norm(dModel);
        dropout1 = new Dropout(options.dropout());
        dropout2 = new Dropout(options.dropout());
        dropout3 = new Dropout(options.dropout());
    }

    /** Target [T, N, dModel] and memory [S, N, dModel]. */
    public Tensor forward(Tensor tgt, Tensor memory) {
        return forward(tgt, memory, DecoderMasks.NONE);
    }

    public Tensor forward(Tensor tgt, Tensor memory, DecoderMasks masks) {
        return within(() -> decode(tgt, memory, masks));
    }

    private Tensor decode(Tensor tgt, Tensor memory, DecoderMasks masks) {
        if (options.isNormFirst()) {
            Tensor x = tgt.add(attendSelf(norm1.forward(tgt), masks));
            x = x.add(attendMemory(norm2.forward(x), memory, masks));
            return x.add(feedForward(norm3.forward(x)));
        }
        Tensor x = norm1.forward(tgt.add(attendSelf(tgt, masks)));
        x = norm2.forward(x.add(attendMemory(x, memory, masks)));
        return norm3.forward(x.add(feedForward(x)));
    }

    private Tensor attendSelf(Tensor x, DecoderMasks m) {
        return dropout1.forward(selfAttn.forward(x, x, x, m.tgtKeyPadding(), m.tgt(), true, m.tgtIsCausal()).output());
    }

    private Tensor attendMemory(Tensor x, Tensor memory, DecoderMasks m) {
        return dropout2.forward(multiheadAttn.forward(x, memory, memory, m.memoryKeyPadding(), m.memory(), true, false).output());
    }

    private Tensor feedForward(Tensor x) {
        return dropout3.forward(linear2.forward(dropout.forward(options.activation().apply(linear1.forward(x)))));
    }
}
