package dev.levin.optim;

import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.tensor.Linalg;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Keeps gradients in bounds before an update: PyTorch's {@code clip_grad_norm_} and {@code clip_grad_value_}. */
public final class GradientClip {
    private static final Node[] NO_INPUTS = {};

    private GradientClip() {
    }

    /**
     * Scales all gradients together so that their norm is at most {@code maxNorm}; parameters without a gradient take no
     * part.
     *
     * @param normType p of the p-norm; may be infinite
     * @return the norm before, F32 or F64
     */
    public static Tensor norm(List<Parameter> parameters, double maxNorm, double normType) {
        List<Parameter> given = parameters.stream().filter(p -> p.grad() != null).toList();
        if (given.isEmpty()) {
            return Tensor.scalar(0);
        }
        long[] words = {0, Double.doubleToRawLongBits(maxNorm), Double.doubleToRawLongBits(normType)};
        return repeat(given, words, () -> scaled(given, maxNorm, normType));
    }

    private static Tensor scaled(List<Parameter> given, double maxNorm, double normType) {
        List<Tensor> norms = new ArrayList<>();
        for (Parameter p : given) {
            Tensor g = p.grad();
            norms.add((g.dtype().isHalf() ? g.to(DType.F32) : g).norm(normType));
        }
        Tensor total = norms.size() == 1 ? norms.getFirst() : Linalg.vectorNorm(Tensor.stack(norms, 0), normType, new int[0], false);
        Tensor factor = total.add(1e-6).rdiv(maxNorm).clampMax(1.0);
        for (Parameter p : given) {
            p.setGrad(p.grad().mul(factor.to(p.grad().dtype())));
        }
        return total;
    }

    /** As {@link #norm(List, double, double)} with the Euclidean norm. */
    public static Tensor norm(List<Parameter> parameters, double maxNorm) {
        return norm(parameters, maxNorm, 2);
    }

    /** Limits every element of every gradient to [-limit, limit]. */
    public static void value(List<Parameter> parameters, double limit) {
        List<Parameter> given = parameters.stream().filter(p -> p.grad() != null).toList();
        repeat(given, new long[] {1, Double.doubleToRawLongBits(limit), 0}, () -> {
            given.forEach(p -> p.setGrad(p.grad().clamp(-limit, limit)));
            return null;
        });
    }

    /** Clipping is the same nodes again for the same gradients, types and limits. */
    private static Tensor repeat(List<Parameter> given, long[] words, Supplier<Tensor> body) {
        Object[] same = new Object[3 * given.size()];
        for (int i = 0; i < given.size(); i++) {
            Parameter p = given.get(i);
            same[3 * i] = p.grad();
            same[3 * i + 1] = p.dtype();
            same[3 * i + 2] = p.device();
        }
        Node[] norm = Context.current().trace().repeat(same, words, NO_INPUTS, () -> {
            Tensor t = body.get();
            return t == null ? NO_INPUTS : new Node[] {t.node()};
        });
        return norm.length == 0 ? null : Tensor.wrap(norm[0]);
    }
}
