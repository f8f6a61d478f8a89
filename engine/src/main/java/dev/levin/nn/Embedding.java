package dev.levin.nn;

import dev.levin.graph.Context;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** A table of vectors, read by integer index: any shape to that shape with embeddingDim appended. */
public final class Embedding extends BuiltIn {
    /** [numEmbeddings, embeddingDim] */
    public final Parameter weight;
    private final Integer paddingIdx;
    private final Double maxNorm;
    private final double normType;
    private final boolean scaleGradByFreq;

    public Embedding(int numEmbeddings, int embeddingDim) {
        this(numEmbeddings, embeddingDim, null);
    }

    /** @param paddingIdx row that starts as zeros and gets no gradient (negative from the end), or null */
    public Embedding(int numEmbeddings, int embeddingDim, Integer paddingIdx) {
        this(numEmbeddings, embeddingDim, paddingIdx, null, 2, false);
    }

    /**
     * @param maxNorm rows that are read and have a larger p-norm are scaled down first, or null for none
     * @param scaleGradByFreq whether the gradient of a row is divided by how often it was read in the batch
     */
    public Embedding(int numEmbeddings, int embeddingDim, Integer paddingIdx, Double maxNorm, double normType, boolean scaleGradByFreq) {
        this(table(numEmbeddings, embeddingDim, paddingIdx), paddingIdx, maxNorm, normType, scaleGradByFreq);
    }

    private Embedding(Tensor table, Integer paddingIdx, Double maxNorm, double normType, boolean scaleGradByFreq) {
        weight = parameter(table);
        this.paddingIdx = paddingIdx;
        this.maxNorm = maxNorm;
        this.normType = normType;
        this.scaleGradByFreq = scaleGradByFreq;
    }

    /** Starts from a table [V, D]; {@code freeze} keeps it from training. */
    public static Embedding fromPretrained(Tensor embeddings, boolean freeze) {
        Args.needRank("Embedding", embeddings, "a table [V, D]", 2);
        Embedding e = new Embedding(embeddings, null, null, 2, false);
        e.requiresGrad(!freeze);
        return e;
    }

    private static Tensor table(int rows, int columns, Integer paddingIdx) {
        DType t = Context.current().defaultDType();
        Tensor drawn = Init.normal(0, 1).make(Shape.of(rows, columns), t);
        if (paddingIdx == null) {
            return drawn;
        }
        if (paddingIdx < -rows || paddingIdx >= rows) {
            throw new IllegalArgumentException("padding_idx must be within the " + rows + " rows, not " + paddingIdx);
        }
        int row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
        return drawn.maskedFill(Tensor.arange(rows).eq((long) row).unsqueeze(1), 0);
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.embedding(x, weight, paddingIdx, maxNorm, normType, scaleGradByFreq);
    }

    @Override
    protected String describe() {
        return weight.size(0) + ", " + weight.size(1) + (paddingIdx == null ? "" : ", padding_idx=" + paddingIdx);
    }
}
