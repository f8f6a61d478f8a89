package dev.levin.trainer;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Gradients of many parameters together. */
public final class Gradients {
    private Gradients() {
    }

    /** The total p-norm, a scalar; null when no parameter has a gradient. */
    public static Tensor norm(List<Parameter> parameters, double p) {
        return GradientClipping.totalNorm(parameters, p);
    }

    /** Multiplies all gradients by min(1, limit / (norm + 1e-6)). */
    public static void scaleToNorm(List<Parameter> parameters, Tensor norm, double limit) {
        Tensor scale = norm.add(1e-6).rdiv(limit).clampMax(1);
        for (Parameter p : parameters) {
            if (p.grad() != null) {
                p.setGrad(p.grad().mul(scale.to(p.grad().dtype())));
            }
        }
    }

    /** Limits every element to [-limit, limit]. */
    public static void clipByValue(List<Parameter> parameters, double limit) {
        GradientClipping.VALUE.clip(parameters, limit);
    }
}
