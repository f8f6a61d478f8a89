package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;

/** One step of {@link GRU}. */
public final class GRUCell extends Module {
    /** [3 * hiddenSize, inputSize] */
    @Key("weight_ih")
    public final Parameter weightIh;
    /** [3 * hiddenSize, hiddenSize] */
    @Key("weight_hh")
    public final Parameter weightHh;
    @Key("bias_ih")
    public final Parameter biasIh;
    @Key("bias_hh")
    public final Parameter biasHh;
    private final int hiddenSize;

    public GRUCell(int inputSize, int hiddenSize) {
        this(inputSize, hiddenSize, true);
    }

    public GRUCell(int inputSize, int hiddenSize, boolean bias) {
        Init init = WeightedLayer.defaultBias(hiddenSize);
        this.hiddenSize = hiddenSize;
        weightIh = parameter(init, 3 * hiddenSize, inputSize);
        weightHh = parameter(init, 3 * hiddenSize, hiddenSize);
        biasIh = bias ? parameter(init, 3 * hiddenSize) : null;
        biasHh = bias ? parameter(init, 3 * hiddenSize) : null;
    }

    /** From a zero state: [N, inputSize] or [inputSize]. */
    public Tensor forward(Tensor x) {
        return forward(x, zeros(x));
    }

    /** The next hidden state. */
    public Tensor forward(Tensor x, Tensor h) {
        return within(() -> Gates.gru(Functional.linear(x, weightIh, biasIh), Functional.linear(h, weightHh, biasHh), h, hiddenSize));
    }

    private Tensor zeros(Tensor x) {
        return Tensor.zeros(x.dim() == 1 ? Shape.of(hiddenSize) : Shape.of(x.size(0), hiddenSize), x.dtype());
    }

    @Override
    protected String describe() {
        return weightIh.size(1) + ", " + hiddenSize + (biasIh == null ? ", bias=False" : "");
    }
}
