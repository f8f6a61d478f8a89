package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Divides by a power of the mean square of neighbouring channels (Krizhevsky et al. 2012). */
public final class LocalResponseNorm extends BuiltIn {
    private final int size;
    private final double alpha;
    private final double beta;
    private final double k;

    public LocalResponseNorm(int size) {
        this(size, 1e-4, 0.75, 1);
    }

    public LocalResponseNorm(int size, double alpha, double beta, double k) {
        this.size = size;
        this.alpha = alpha;
        this.beta = beta;
        this.k = k;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.localResponseNorm(x, size, alpha, beta, k);
    }

    @Override
    protected String describe() {
        return size + ", alpha=" + Text.number(alpha) + ", beta=" + Text.number(beta) + ", k=" + Text.number(k);
    }
}
