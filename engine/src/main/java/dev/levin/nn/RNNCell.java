package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;

/** One step of {@link RNN}. */
public final class RNNCell extends Module {
    /** [hiddenSize, inputSize] */
    @Key("weight_ih")
    public final Parameter weightIh;
    /** [hiddenSize, hiddenSize] */
    @Key("weight_hh")
    public final Parameter weightHh;
    @Key("bias_ih")
    public final Parameter biasIh;
    @Key("bias_hh")
    public final Parameter biasHh;
    private final int hiddenSize;
    private final boolean relu;

    public RNNCell(int inputSize, int hiddenSize) {
        this(inputSize, hiddenSize, true, false);
    }

    /** @param relu whether the nonlinearity is ReLU, not tanh */
    public RNNCell(int inputSize, int hiddenSize, boolean bias, boolean relu) {
        Init init = WeightedLayer.defaultBias(hiddenSize);
        this.hiddenSize = hiddenSize;
        this.relu = relu;
        weightIh = parameter(init, hiddenSize, inputSize);
        weightHh = parameter(init, hiddenSize, hiddenSize);
        biasIh = bias ? parameter(init, hiddenSize) : null;
        biasHh = bias ? parameter(init, hiddenSize) : null;
    }

    /** From a zero state: [N, inputSize] or [inputSize]. */
    public Tensor forward(Tensor x) {
        return forward(x, zeros(x));
    }

    /** The next hidden state. */
    public Tensor forward(Tensor x, Tensor h) {
        return within(() -> {
            Tensor sum = Functional.linear(x, weightIh, biasIh).add(Functional.linear(h, weightHh, biasHh));
            return relu ? sum.relu() : sum.tanh();
        });
    }

    private Tensor zeros(Tensor x) {
        return Tensor.zeros(x.dim() == 1 ? Shape.of(hiddenSize) : Shape.of(x.size(0), hiddenSize), x.dtype());
    }

    @Override
    protected String describe() {
        return weightIh.size(1) + ", " + hiddenSize + (biasIh == null ? ", bias=False" : "");
    }
}
