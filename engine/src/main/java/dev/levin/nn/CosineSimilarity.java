package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Cosine of the angle between vectors along an axis. */
public final class CosineSimilarity extends Module {
    private final int dim;
    private final double eps;

    public CosineSimilarity() {
        this(1, 1e-8);
    }

    public CosineSimilarity(int dim, double eps) {
        this.dim = dim;
        this.eps = eps;
    }

    public Tensor forward(Tensor x1, Tensor x2) {
        return within(() -> Functional.cosineSimilarity(x1, x2, dim, eps));
    }
}
