package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Elman network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with ReLU. */
public final class RNN extends RecurrentModule {
    private final boolean relu;

    public RNN(int inputSize, int hiddenSize) {
        this(inputSize, hiddenSize, RnnOptions.DEFAULT);
    }

    public RNN(int inputSize, int hiddenSize, RnnOptions options) {
        this(inputSize, hiddenSize, options, false);
    }

    /** @param relu whether the nonlinearity is ReLU, not tanh */
    public RNN(int inputSize, int hiddenSize, RnnOptions options, boolean relu) {
        super(1, inputSize, hiddenSize, options);
        this.relu = relu;
    }

    /**
     * @param output hidden states of the last layer: [T, N, directions * hiddenSize], laid out as the input
     * @param hidden last hidden states [layers * directions, N, hiddenSize]
     */
    public record Output(Tensor output, Tensor hidden) {
    }

    /** From zero states: input [T, N, inputSize], [N, T, inputSize] if batch first, or [T, inputSize]. */
    public Output forward(Tensor x) {
        return output(run(x, null, sizes(), null));
    }

    public Output forward(Tensor x, Tensor h0) {
        return output(run(x, new Tensor[] {h0}, sizes(), null));
    }

    /** Sequences of different lengths, from zero states. */
    public Output forward(PackedSequence x) {
        return forward(x, null);
    }

    public Output forward(PackedSequence x, Tensor h0) {
        Tensor data = x.batchFirst() == options().isBatchFirst() ? x.unpack() : x.unpack().transpose(0, 1);
        return output(run(data, h0 == null ? null : new Tensor[] {h0}, sizes(), x.lengths()));
    }

    private int[] sizes() {
        return new int[] {hiddenSize()};
    }

    private static Output output(Result r) {
        return new Output(r.output(), r.states()[0]);
    }

    @Override
    String activation() {
        return relu ? "Relu" : "Tanh";
    }

    @Override
    Tensor[] step(Tensor projected, Tensor[] state, Weights w) {
        Tensor sum = projected.add(w.hidden(state[0]));
        return new Tensor[] {relu ? sum.relu() : sum.tanh()};
    }
}
