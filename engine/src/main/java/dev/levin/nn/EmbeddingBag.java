package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** Sums, means or maxima of bags of rows of a table. */
public final class EmbeddingBag extends Module {
    /** [numEmbeddings, embeddingDim] */
    public final Parameter weight;
    private final BagMode mode;
    private final boolean includeLastOffset;
    private final Integer paddingIdx;

    public EmbeddingBag(int numEmbeddings, int embeddingDim) {
        this(numEmbeddings, embeddingDim, BagMode.MEAN);
    }

    public EmbeddingBag(int numEmbeddings, int embeddingDim, BagMode mode) {
        this(numEmbeddings, embeddingDim, mode, false, null);
    }

    /**
     * @param includeLastOffset whether the last offset is the end of the last bag
     * @param paddingIdx row that does not count, or null
     */
    public EmbeddingBag(int numEmbeddings, int embeddingDim, BagMode mode, boolean includeLastOffset, Integer paddingIdx) {
        weight = parameter(Init.normal(0, 1), numEmbeddings, embeddingDim);
        this.mode = mode;
        this.includeLastOffset = includeLastOffset;
        this.paddingIdx = paddingIdx;
    }

    /** Bags of equal size: indices [bags, n]. */
    public Tensor forward(Tensor input) {
        return forward(input, null, null);
    }

    /** Indices [n], with the first position of every bag [bags]. */
    public Tensor forward(Tensor input, Tensor offsets) {
        return forward(input, offsets, null);
    }

    /** @param perSampleWeights factors of the rows in mode SUM, shape of the input, or null */
    public Tensor forward(Tensor input, Tensor offsets, Tensor perSampleWeights) {
        return within(() -> Functional.embeddingBag(input, weight, offsets, mode, perSampleWeights, includeLastOffset, paddingIdx));
    }

    @Override
    protected String describe() {
        return weight.size(0) + ", " + weight.size(1) + ", mode='" + mode.name().toLowerCase(java.util.Locale.ROOT) + "'";
    }
}
