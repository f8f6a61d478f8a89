package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.function.BiConsumer;

/**
 * A layer whose weight is trained as length and direction: w = g * v / |v| (Salimans and Kingma 2016). Its keys are
 * {@code weight_g}, {@code weight_v} and the layer's others.
 */
public final class WeightNorm extends BuiltIn {
    private final transient WeightedLayer layer;
    private final Parameter length;
    private final Integer dim;

    /** Lengths along axis 0: one per output of a linear layer or convolution. */
    public static WeightNorm of(WeightedLayer layer) {
        return new WeightNorm(layer, 0);
    }

    /** @param dim axis that has a length per position; null for one length of the whole weight */
    public static WeightNorm of(WeightedLayer layer, Integer dim) {
        return new WeightNorm(layer, dim);
    }

    private WeightNorm(WeightedLayer layer, Integer dim) {
        this.layer = layer;
        this.dim = dim == null ? null : layer.weight().shape().axis(dim);
        this.length = parameter(norm(layer.weight()));
    }

    private Tensor norm(Tensor v) {
        int r = v.dim();
        int[] axes = dim == null ? Args.range(0, r) : new int[r - 1];
        if (dim != null) {
            for (int i = 0, at = 0; i < r; i++) {
                if (i != dim) {
                    axes[at++] = i;
                }
            }
        }
        Tensor n = v.mul(v).sum(axes, true).sqrt();
        return dim == null ? n.reshape() : n;
    }

    /** The weight that the layer computes with. */
    public Tensor weight() {
        return layer.weight().mul(length.div(norm(layer.weight())));
    }

    /** The layer again, with the present weight as its own. */
    public WeightedLayer remove() {
        layer.weight().set(weight());
        return layer;
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        layer.members((name, value) -> {
            if (value != layer.weight()) {
                visitor.accept(name, value);
            }
        });
        visitor.accept("weight_g", length);
        visitor.accept("weight_v", layer.weight());
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
