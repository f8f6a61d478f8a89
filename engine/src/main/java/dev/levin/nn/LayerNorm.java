package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** Normalises over the last axes, then scales and shifts (Ba et al. 2016). */
public final class LayerNorm extends BuiltIn {
    /** [normalizedShape], or null */
    public final Parameter weight;
    /** [normalizedShape], or null */
    public final Parameter bias;
    private final int[] normalizedShape;
    private final double eps;

    public LayerNorm(int... normalizedShape) {
        this(normalizedShape, 1e-5, true, true);
    }

    /** @param elementwiseAffine whether to scale, and with {@code bias} shift, by trained parameters */
    public LayerNorm(int[] normalizedShape, double eps, boolean elementwiseAffine, boolean bias) {
        this.normalizedShape = normalizedShape.clone();
        this.eps = eps;
        weight = elementwiseAffine ? parameter(Init.ones(), normalizedShape) : null;
        this.bias = elementwiseAffine && bias ? parameter(Init.zeros(), normalizedShape) : null;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.layerNorm(x, normalizedShape, weight, bias, eps);
    }

    @Override
    protected String describe() {
        return Text.tuple(normalizedShape) + ", eps=" + Text.number(eps) + ", elementwise_affine=" + Text.bool(weight != null);
    }
}
