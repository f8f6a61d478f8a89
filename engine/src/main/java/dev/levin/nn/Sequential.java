package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Layers one after the other; their keys are their positions: {@code 0.weight}. */
public final class Sequential extends Layer {
    private final List<Layer> layers;

    public Sequential(Layer... layers) {
        this(List.of(layers));
    }

    public Sequential(List<? extends Layer> layers) {
        this.layers = new ArrayList<>(layers);
    }

    /** Adds a layer at the end. */
    public Sequential append(Layer layer) {
        layers.add(layer);
        return this;
    }

    public int size() {
        return layers.size();
    }

    public Layer get(int index) {
        return layers.get(index);
    }

    /** The layers, in order. */
    public List<Layer> layers() {
        return List.copyOf(layers);
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        for (int i = 0; i < layers.size(); i++) {
            visitor.accept(Integer.toString(i), layers.get(i));
        }
    }

    @Override
    Tensor run(Tensor x) {
        Tensor y = x;
        for (Layer l : layers) {
            y = l.call(y);
        }
        return y;
    }

    @Override
    public Tensor forward(Tensor x) {
        return call(x);
    }
}
