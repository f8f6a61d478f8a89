package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Self-attention and a feed-forward network, each with a residual sum and a norm: [T, N, dModel] to the same shape. */
public final class TransformerEncoderLayer extends BuiltIn {
    @Key("self_attn")
    public final MultiheadAttention selfAttn;
    public final Linear linear1;
    public final Dropout dropout;
    public final Linear linear2;
    public final LayerNorm norm1;
    public final LayerNorm norm2;
    public final Dropout dropout1;
    public final Dropout dropout2;
    private final TransformerOptions options;

    public TransformerEncoderLayer(int dModel, int nhead) {
        this(dModel, nhead, TransformerOptions.DEFAULT);
    }

    public TransformerEncoderLayer(int dModel, int nhead, TransformerOptions options) {
        this.options = options;
        selfAttn = options.attention(dModel, nhead);
        linear1 = new Linear(dModel, options.dimFeedforward(), options.bias());
        dropout = new Dropout(options.dropout());
        linear2 = new Linear(options.dimFeedforward(), dModel, options.bias());
        norm1 = options.norm(dModel);
        norm2 = options.norm(dModel);
        dropout1 = new Dropout(options.dropout());
        dropout2 = new Dropout(options.dropout());
    }

    @Override
    Tensor compute(Tensor x) {
        return encode(x, null, null, false);
    }

    /** With masks as in {@link MultiheadAttention}; they may be null. */
    public Tensor forward(Tensor src, Tensor srcMask, Tensor srcKeyPaddingMask, boolean isCausal) {
        return within(() -> encode(src, srcMask, srcKeyPaddingMask, isCausal));
    }

    private Tensor encode(Tensor src, Tensor mask, Tensor padding, boolean causal) {
        if (options.isNormFirst()) {
            Tensor x = src.add(attend(norm1.forward(src), mask, padding, causal));
            return x.add(feedForward(norm2.forward(x)));
        }
        Tensor x = norm1.forward(src.add(attend(src, mask, padding, causal)));
        return norm2.forward(x.add(feedForward(x)));
    }

    private Tensor attend(Tensor x, Tensor mask, Tensor padding, boolean causal) {
        return dropout1.forward(selfAttn.forward(x, x, x, padding, mask, true, causal).output());
    }

    private Tensor feedForward(Tensor x) {
        return dropout2.forward(linear2.forward(dropout.forward(options.activation().apply(linear1.forward(x)))));
    }
}
