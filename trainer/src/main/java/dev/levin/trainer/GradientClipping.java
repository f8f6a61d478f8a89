package dev.levin.trainer;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** How gradients are kept in bounds before an update. */
public enum GradientClipping {
    /** All gradients together are scaled down to a total L2 norm. */
    NORM {
        @Override
        void clip(List<Parameter> parameters, double limit) {
            Tensor scale = scaleTo(parameters, limit, 2);
            if (scale != null) {
                for (Parameter p : parameters) {
                    if (p.grad() != null) {
                        p.setGrad(p.grad().mul(scale.to(p.grad().dtype())));
                    }
                }
            }
        }
    },
    /** Each element is limited to [-value, value]. */
    VALUE {
        @Override
        void clip(List<Parameter> parameters, double limit) {
            for (Parameter p : parameters) {
                if (p.grad() != null) {
                    p.setGrad(p.grad().clamp(-limit, limit));
                }
            }
        }
    };

    abstract void clip(List<Parameter> parameters, double limit);

    /** The total p-norm of the gradients, F32 or F64; null when there are none. */
    static Tensor totalNorm(List<Parameter> parameters, double p) {
        Tensor total = null;
        for (Parameter q : parameters) {
            Tensor g = q.grad();
            if (g != null) {
                Tensor x = g.dtype().isHalf() ? g.to(DType.F32) : g;
                Tensor part = Double.isInfinite(p) ? x.abs().max() : p == 2 ? x.mul(x).sum() : x.abs().pow(p).sum();
                total = total == null ? part : Double.isInfinite(p) ? total.maximum(part) : total.add(part);
            }
        }
        return total == null || Double.isInfinite(p) ? total : p == 2 ? total.sqrt() : total.pow(1 / p);
    }

    /** min(1, limit / (norm + 1e-6)), PyTorch's factor. */
    static Tensor scaleTo(List<Parameter> parameters, double limit, double p) {
        Tensor norm = totalNorm(parameters, p);
        return norm == null ? null : norm.add(1e-6).rdiv(limit).clampMax(1);
    }

    /** @throws MisconfigurationException listing the names */
    public static GradientClipping parse(String name) {
        return switch (name.toLowerCase(java.util.Locale.ROOT)) {
            case "norm" -> NORM;
            case "value" -> VALUE;
            default -> throw new MisconfigurationException("gradient_clip_algorithm '" + name + "' is not known; use one of [norm, value]");
        };
    }
}
