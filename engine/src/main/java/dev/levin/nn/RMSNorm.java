package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** x / sqrt(mean(x^2) + eps) over the last axes, then scales (Zhang and Sennrich 2019). */
public final class RMSNorm extends BuiltIn {
    /** [normalizedShape], or null */
    public final Parameter weight;
    private final int[] normalizedShape;
    private final Double eps;

    public RMSNorm(int... normalizedShape) {
        this(normalizedShape, null, true);
    }

    /** @param eps null for the distance of 1 to the next number of the input's dtype */
    public RMSNorm(int[] normalizedShape, Double eps, boolean elementwiseAffine) {
        this.normalizedShape = normalizedShape.clone();
        this.eps = eps;
        weight = elementwiseAffine ? parameter(Init.ones(), normalizedShape) : null;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.rmsNorm(x, normalizedShape, weight, eps != null ? eps : epsilon(x.dtype()));
    }

    private static double epsilon(DType t) {
        return switch (t) {
            case F64 -> 0x1p-52;
            case F16 -> 0x1p-10;
            case BF16 -> 0x1p-7;
            default -> 0x1p-23;
        };
    }

    @Override
    protected String describe() {
        return Text.tuple(normalizedShape) + ", eps=" + (eps == null ? "None" : Text.number(eps)) + ", elementwise_affine="
                + Text.bool(weight != null);
    }
}
