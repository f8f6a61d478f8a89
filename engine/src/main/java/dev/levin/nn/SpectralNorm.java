package dev.levin.nn;

import dev.levin.tensor.Grad;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.function.BiConsumer;

/**
 * A layer whose weight is divided by its largest singular value (Miyato et al. 2018), which power iterations follow in
 * training. Its keys are {@code weight_orig}, {@code weight_u}, {@code weight_v} and the layer's others.
 */
public final class SpectralNorm extends BuiltIn {
    private final transient WeightedLayer layer;
    private final int powerIterations;
    private final double eps;
    private final int dim;
    private final State u;
    private final State v;

    /** One power iteration a step. */
    public static SpectralNorm of(WeightedLayer layer) {
        return of(layer, 1, 1e-12);
    }

    public static SpectralNorm of(WeightedLayer layer, int powerIterations, double eps) {
        return new SpectralNorm(layer, powerIterations, eps);
    }

    private SpectralNorm(WeightedLayer layer, int powerIterations, double eps) {
        if (powerIterations < 1) {
            throw new IllegalArgumentException("spectral norm needs at least one power iteration, not " + powerIterations);
        }
        this.layer = layer;
        this.powerIterations = powerIterations;
        this.eps = eps;
        dim = layer instanceof ConvTransposeLayer ? 1 : 0;
        Tensor w = matrix();
        Init normal = Init.normal(0, 1);
        u = buffer(unit(normal.make(w.shape().drop(1), w.dtype())));
        v = buffer(unit(normal.make(w.shape().drop(0), w.dtype())));
    }

    private Tensor matrix() {
        Tensor w = layer.weight();
        return w.transpose(0, dim).flatten(1, -1);
    }

    private Tensor unit(Tensor x) {
        return x.div(x.mul(x).sum().sqrt().clampMin(eps));
    }

    /** The weight that the layer computes with; in training this moves the singular vectors. */
    private Tensor weight() {
        Tensor w = matrix();
        Tensor left = u.detach();
        Tensor right = v.detach();
        if (isTraining()) {
            try (var _ = Grad.off()) {
                for (int i = 0; i < powerIterations; i++) {
                    right = unit(w.t().matmul(left));
                    left = unit(w.matmul(right));
                }
            }
            u.set(left);
            v.set(right);
        }
        Tensor sigma = left.detach().dot(w.matmul(right.detach()));
        return layer.weight().div(sigma);
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        layer.members((name, value) -> {
            if (value != layer.weight()) {
                visitor.accept(name, value);
            }
        });
        visitor.accept("weight_orig", layer.weight());
        visitor.accept("weight_u", u);
        visitor.accept("weight_v", v);
    }

    @Override
    Tensor compute(Tensor x) {
        return layer.compute(x, weight());
    }

    @Override
    protected String describe() {
        return layer.toString();
    }
}
