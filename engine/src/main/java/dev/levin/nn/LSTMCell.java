package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;

/** One step of {@link LSTM}. */
public final class LSTMCell extends Module {
    /** [4 * hiddenSize, inputSize] */
    @Key("weight_ih")
    public final Parameter weightIh;
    /** [4 * hiddenSize, hiddenSize] */
    @Key("weight_hh")
    public final Parameter weightHh;
    @Key("bias_ih")
    public final Parameter biasIh;
    @Key("bias_hh")
    public final Parameter biasHh;
    private final int hiddenSize;

    public LSTMCell(int inputSize, int hiddenSize) {
        this(inputSize, hiddenSize, true);
    }

    public LSTMCell(int inputSize, int hiddenSize, boolean bias) {
        Init init = WeightedLayer.defaultBias(hiddenSize);
        this.hiddenSize = hiddenSize;
        weightIh = parameter(init, 4 * hiddenSize, inputSize);
        weightHh = parameter(init, 4 * hiddenSize, hiddenSize);
        biasIh = bias ? parameter(init, 4 * hiddenSize) : null;
        biasHh = bias ? parameter(init, 4 * hiddenSize) : null;
    }

    /** Hidden and cell state. */
    public record Output(Tensor hidden, Tensor cell) {
    }

    /** From zero states: [N, inputSize] or [inputSize]. */
    public Output forward(Tensor x) {
        return forward(x, zeros(x), zeros(x));
    }

    /** The next states. */
    public Output forward(Tensor x, Tensor h, Tensor c) {
        return within(() -> {
            Tensor gates = Functional.linear(x, weightIh, biasIh).add(Functional.linear(h, weightHh, biasHh));
            Tensor[] next = Gates.lstm(gates, c, hiddenSize);
            return new Output(next[0], next[1]);
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
