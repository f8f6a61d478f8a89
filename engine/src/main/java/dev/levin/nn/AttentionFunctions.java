package dev.levin.nn;

import dev.levin.graph.Context;
import dev.levin.graph.Nodes;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Attention. */
abstract class AttentionFunctions extends EmbeddingFunctions {
    private static final Object[] ATTENTION = {"attention"};

    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
        return scaledDotProductAttention(query, key, value, null, 0, false, null);
    }

    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor attnMask, double dropoutP,
            boolean isCausal) {
        return scaledDotProductAttention(query, key, value, attnMask, dropoutP, isCausal, null);
    }

    /**
     * softmax(Q K^T * scale + mask) V (Vaswani et al. 2017): query [..., L, E], key [..., S, E], value [..., S, EV].
     *
     * @param attnMask broadcast to [..., L, S]: BOOL, where true takes part, or floats that are added; or null
     * @param dropoutP probability with which weights are dropped; pass 0 outside of training
     * @param isCausal whether position i sees keys up to i only
     * @param scale null for 1 / sqrt(E)
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor attnMask, double dropoutP,
            boolean isCausal, Double scale) {
        if (dropoutP > 0) {
            return attention(query, key, value, attnMask, dropoutP, isCausal, scale);
        }
        long[] words = {isCausal ? 1 : 0, scale == null ? 0 : 1, scale == null ? 0 : Double.doubleToRawLongBits(scale)};
        return Args.repeated(ATTENTION, words, () -> attention(query, key, value, attnMask, dropoutP, isCausal, scale), query, key, value, attnMask);
    }

    private static Tensor attention(Tensor query, Tensor key, Tensor value, Tensor attnMask, double dropoutP, boolean isCausal, Double scale) {
        Tensor weights = attentionWeights(query, key, attnMask, isCausal, scale);
        return dropout(weights, dropoutP, dropoutP > 0).matmul(value.to(weights.dtype()));
    }

    static Tensor attentionWeights(Tensor query, Tensor key, Tensor attnMask, boolean isCausal, Double scale) {
        if (query.dim() < 2 || key.dim() < 2 || query.size(-1) != key.size(-1)) {
            throw new IllegalArgumentException("attention: query " + query.shape() + " and key " + key.shape()
                    + " need the same last axis" + Args.at());
        }
        double factor = scale == null ? 1 / Math.sqrt(query.size(-1)) : scale;
        // Scores are scaled with the mask and the softmax, in one kernel, and products read queries where they are; 16-bit scores must not overflow.
        boolean wide = !query.dtype().isHalf() && Context.current().autocast() == null;
        Tensor scores = wide ? query.matmul(key.mT()).mul(factor) : Args.precise(query.mul(factor).matmul(key.mT()));
        if (isCausal) {
            scores = scores.maskedFill(causalMask(scores.size(-2), scores.size(-1)).logicalNot(), Double.NEGATIVE_INFINITY);
        }
        if (attnMask != null) {
            scores = attnMask.dtype() == DType.BOOL
                    ? attnMask.where(scores, Tensor.scalar(Double.NEGATIVE_INFINITY, scores.dtype()))
                    : scores.add(attnMask.to(scores.dtype()));
        }
        return scores.softmax(-1).to(query.dtype());
    }

    /** BOOL [L, S]: true where key j is not after query i. */
    public static Tensor causalMask(int queries, int keys) {
        // Positions fit 32 bits, and kernels compare those sixteen at a time.
        Tensor key = Tensor.wrap(Nodes.iota(keys, DType.I32));
        return key.le(Tensor.wrap(Nodes.iota(queries, DType.I32)).reshape(Shape.of(queries, 1)));
    }
}
