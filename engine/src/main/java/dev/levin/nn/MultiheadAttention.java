package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention in several subspaces (Vaswani et al. 2017): query [L, N, E], key [S, N, kdim], value [S, N, vdim]; with
 * {@code batchFirst} N comes first; the N axis may be missing.
 */
public final class MultiheadAttention extends Module {
    /** [3 * embedDim, embedDim] when key and value have the size of the query, else null */
    @Key("in_proj_weight")
    public final Parameter inProjWeight;
    @Key("q_proj_weight")
    public final Parameter qProjWeight;
    @Key("k_proj_weight")
    public final Parameter kProjWeight;
    @Key("v_proj_weight")
    public final Parameter vProjWeight;
    /** [3 * embedDim], or null */
    @Key("in_proj_bias")
    public final Parameter inProjBias;
    @Key("bias_k")
    public final Parameter biasK;
    @Key("bias_v")
    public final Parameter biasV;
    @Key("out_proj")
    public final Linear outProj;
    private final int embedDim;
    private final int numHeads;
    private final double dropout;
    private final boolean addZeroAttn;
    private final boolean batchFirst;

    /** Attended values, and the weights averaged over heads [N, L, S] or per head [N, heads, L, S]. */
    public record Output(Tensor output, Tensor weights) {
    }

    public MultiheadAttention(int embedDim, int numHeads) {
        this(embedDim, numHeads, 0, false);
    }

    public MultiheadAttention(int embedDim, int numHeads, double dropout, boolean batchFirst) {
        this(embedDim, numHeads, dropout, true, false, false, embedDim, embedDim, batchFirst);
    }

    /**
     * @param dropout probability with which attention weights are dropped in training
     * @param addBiasKv whether to add a trained key and value to every sequence
     * @param addZeroAttn whether to add a key and value of zeros to every sequence
     */
    public MultiheadAttention(int embedDim, int numHeads, double dropout, boolean bias, boolean addBiasKv, boolean addZeroAttn,
            int kdim, int vdim, boolean batchFirst) {
        if (numHeads < 1 || embedDim % numHeads != 0) {
            throw new IllegalArgumentException("embed_dim " + embedDim + " must be divisible by num_heads " + numHeads);
        }
        Args.needProbability("dropout", dropout);
        this.embedDim = embedDim;
        this.numHeads = numHeads;
        this.dropout = dropout;
        this.addZeroAttn = addZeroAttn;
        this.batchFirst = batchFirst;
        Init xavier = Init.xavierUniform();
        boolean packed = kdim == embedDim && vdim == embedDim;
        inProjWeight = packed ? parameter(xavier, 3 * embedDim, embedDim) : null;
        qProjWeight = packed ? null : parameter(xavier, embedDim, embedDim);
        kProjWeight = packed ? null : parameter(xavier, embedDim, kdim);
        vProjWeight = packed ? null : parameter(xavier, embedDim, vdim);
        inProjBias = bias ? parameter(Init.zeros(), 3 * embedDim) : null;
        biasK = addBiasKv ? parameter(Init.xavierNormal(), 1, 1, embedDim) : null;
        biasV = addBiasKv ? parameter(Init.xavierNormal(), 1, 1, embedDim) : null;
        outProj = new Linear(embedDim, embedDim, bias);
        if (bias) {
            Init.zeros().fill(outProj.bias);
        }
    }

    public Output forward(Tensor query, Tensor key, Tensor value) {
        return forward(query, key, value, null, null, true, false);
    }

    /**
     * @param keyPaddingMask [N, S]: BOOL, where true is left out, or floats that are added; or null
     * @param attnMask [L, S] or [N * heads, L, S]: BOOL, where true may not attend, or floats that are added; or null
     * @param averageAttnWeights whether the weights returned are the mean over heads
     * @param isCausal whether position i attends to keys up to i only, whatever the mask says
     */
    public Output forward(Tensor query, Tensor key, Tensor value, Tensor keyPaddingMask, Tensor attnMask, boolean averageAttnWeights,
            boolean isCausal) {
        return within(() -> attend(query, key, value, keyPaddingMask, attnMask, averageAttnWeights, isCausal));
    }

    private Output attend(Tensor query, Tensor key, Tensor value, Tensor keyPaddingMask, Tensor attnMask, boolean average, boolean causal) {
        Args.needRank("MultiheadAttention", query, batchFirst ? "query [N, L, E] or [L, E]" : "query [L, N, E] or [L, E]", 2, 3);
        boolean single = query.dim() == 2;
        if (query.size(-1) != embedDim || key.dim() != query.dim() || value.dim() != query.dim()) {
            throw new IllegalArgumentException("MultiheadAttention with embed_dim " + embedDim + " can't take query " + query.shape()
                    + ", key " + key.shape() + ", value " + value.shape() + Args.at());
        }
        Tensor[] heads = project(query, key, value, single);
        int n = heads[0].size(0);
        Tensor mask = mask(attnMask, keyPaddingMask, n, heads[0].size(2), heads[1].size(2), single);
        Tensor weights = Functional.attentionWeights(heads[0], heads[1], mask, causal, null);
        Tensor used = Functional.dropout(weights, dropout, isTraining());
        Tensor joined = used.matmul(heads[2]).transpose(1, 2).flatten(2, 3);
        Tensor y = outProj.forward(joined);
        Tensor shown = average ? used.mean(1) : used;
        return new Output(single ? y.squeeze(0) : batchFirst ? y : y.transpose(0, 1), single ? shown.squeeze(0) : shown);
    }

    /** Query, key and value as [N, heads, T, E / heads], with the added keys and values. */
    private Tensor[] project(Tensor query, Tensor key, Tensor value, boolean single) {
        List<Tensor> parts;
        if (inProjWeight != null && query == key && key == value) {
            parts = Functional.linear(query, inProjWeight, inProjBias).chunk(3, -1);
        } else {
            List<Tensor> w = inProjWeight != null ? inProjWeight.chunk(3, 0) : List.of(qProjWeight, kProjWeight, vProjWeight);
            List<Tensor> b = inProjBias == null ? null : inProjBias.chunk(3, 0);
            parts = List.of(Functional.linear(query, w.get(0), b == null ? null : b.get(0)),
                    Functional.linear(key, w.get(1), b == null ? null : b.get(1)),
                    Functional.linear(value, w.get(2), b == null ? null : b.get(2)));
        }
        Tensor[] heads = new Tensor[3];
        for (int i = 0; i < 3; i++) {
            Tensor p = parts.get(i);
            Tensor x = single ? p.unsqueeze(0) : batchFirst ? p : p.transpose(0, 1);
            Parameter extra = i == 1 ? biasK : i == 2 ? biasV : null;
            List<Tensor> along = new ArrayList<>(List.of(x));
            Shape one = x.shape().with(1, 1);
            if (extra != null) {
                along.add(extra.to(x.dtype()).broadcastTo(one));
            }
            if (addZeroAttn && i > 0) {
                along.add(Tensor.zeros(one, x.dtype()));
            }
            x = Tensor.cat(along, 1);
            heads[i] = x.reshape(x.size(0), x.size(1), numHeads, embedDim / numHeads).transpose(1, 2);
        }
        return heads;
    }

    /** Both masks as one that is added to [N, heads, L, S]; null for none. */
    private Tensor mask(Tensor attnMask, Tensor keyPaddingMask, int n, int queries, int keys, boolean single) {
        Tensor sum = null;
        if (attnMask != null) {
            Tensor m = additive(attnMask, keys);
            boolean perHead = m.dim() == 3;
            if (m.size(-2) != queries || m.size(-1) != keys || perHead && m.size(0) != n * numHeads) {
                throw new IllegalArgumentException("attn_mask must be [L, S] or [N * heads, L, S] for L = " + queries + ", S = " + keys
                        + ", not " + attnMask.shape() + Args.at());
            }
            sum = perHead ? m.reshape(n, numHeads, queries, keys) : m;
        }
        if (keyPaddingMask != null) {
            Tensor m = additive(single ? keyPaddingMask.unsqueeze(0) : keyPaddingMask, keys);
            if (m.dim() != 2 || m.size(0) != n || m.size(1) != keys) {
                throw new IllegalArgumentException("key_padding_mask must be [N, S] = [" + n + ", " + keys + "], not "
                        + keyPaddingMask.shape() + Args.at());
            }
            Tensor wide = m.reshape(n, 1, 1, keys);
            sum = sum == null ? wide : sum.add(wide);
        }
        return sum;
    }

    /** True as minus infinity; keys that the module adds are open. */
    private Tensor additive(Tensor mask, int keys) {
        Tensor m = mask.dtype() == DType.BOOL
                ? mask.where(Tensor.scalar(Double.NEGATIVE_INFINITY, outProj.weight.dtype()), Tensor.scalar(0, outProj.weight.dtype())) : mask;
        int added = (biasK == null ? 0 : 1) + (addZeroAttn ? 1 : 0);
        return added > 0 && m.size(-1) == keys - added ? Functional.pad(m, 0, added) : m;
    }
}
