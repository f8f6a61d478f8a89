package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Options of Transformer layers, to be chained: {@code TransformerOptions.DEFAULT.batchFirst().normFirst()}.
 *
 * @param activation between the two linear maps, such as {@code Functional::gelu}
 */
public record TransformerOptions(int dimFeedforward, double dropout, UnaryOperator<Tensor> activation, double layerNormEps,
        boolean isBatchFirst, boolean isNormFirst, boolean bias) {
    /** 2048 hidden units, dropout 0.1, ReLU, time first, norms after the residual sums. */
    public static final TransformerOptions DEFAULT = new TransformerOptions(2048, 0.1, Functional::relu, 1e-5, false, false, true);

    public TransformerOptions dimFeedforward(int size) {
        return new TransformerOptions(size, dropout, activation, layerNormEps, isBatchFirst, isNormFirst, bias);
    }

    public TransformerOptions dropout(double p) {
        return new TransformerOptions(dimFeedforward, p, activation, layerNormEps, isBatchFirst, isNormFirst, bias);
    }

    public TransformerOptions activation(UnaryOperator<Tensor> function) {
        return new TransformerOptions(dimFeedforward, dropout, function, layerNormEps, isBatchFirst, isNormFirst, bias);
    }

    public TransformerOptions layerNormEps(double eps) {
        return new TransformerOptions(dimFeedforward, dropout, activation, eps, isBatchFirst, isNormFirst, bias);
    }

    /** Tensors are [N, T, features]. */
    public TransformerOptions batchFirst() {
        return new TransformerOptions(dimFeedforward, dropout, activation, layerNormEps, true, isNormFirst, bias);
    }

    /** Norms before attention and feed-forward (Xiong et al. 2020). */
    public TransformerOptions normFirst() {
        return new TransformerOptions(dimFeedforward, dropout, activation, layerNormEps, isBatchFirst, true, bias);
    }

    public TransformerOptions bias(boolean on) {
        return new TransformerOptions(dimFeedforward, dropout, activation, layerNormEps, isBatchFirst, isNormFirst, on);
    }

    LayerNorm norm(int size) {
        return new LayerNorm(new int[] {size}, layerNormEps, true, bias);
    }

    MultiheadAttention attention(int size, int heads) {
        return new MultiheadAttention(size, heads, dropout, bias, false, false, size, size, isBatchFirst);
    }
}
