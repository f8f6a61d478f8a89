package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Long short-term memory (Hochreiter and Schmidhuber 1997), optionally with projected hidden states (Sak et al. 2014). */
public final class LSTM extends RecurrentModule {
    public LSTM(int inputSize, int hiddenSize) {
        this(inputSize, hiddenSize, RnnOptions.DEFAULT);
    }

    public LSTM(int inputSize, int hiddenSize, RnnOptions options) {
        super(4, inputSize, hiddenSize, options);
    }

    /**
     * @param output hidden states of the last layer: [T, N, directions * size], laid out as the input
     * @param hidden last hidden states [layers * directions, N, size]
     * @param cell last cell states [layers * directions, N, hiddenSize]
     */
    public record Output(Tensor output, Tensor hidden, Tensor cell) {
    }

    /** From zero states: input [T, N, inputSize], [N, T, inputSize] if batch first, or [T, inputSize]. */
    public Output forward(Tensor x) {
        return output(run(x, null, sizes(), null));
    }

    public Output forward(Tensor x, Tensor h0, Tensor c0) {
        return output(run(x, new Tensor[] {h0, c0}, sizes(), null));
    }

    /** Sequences of different lengths, from zero states. */
    public Output forward(PackedSequence x) {
        return forward(x, null, null);
    }

    public Output forward(PackedSequence x, Tensor h0, Tensor c0) {
        Tensor data = x.batchFirst() == options().isBatchFirst() ? x.unpack() : x.unpack().transpose(0, 1);
        return output(run(data, h0 == null ? null : new Tensor[] {h0, c0}, sizes(), x.lengths()));
    }

    private int[] sizes() {
        return new int[] {stateSize(), hiddenSize()};
    }

    private static Output output(Result r) {
        return new Output(r.output(), r.states()[0], r.states()[1]);
    }

    @Override
    Tensor[] step(Tensor projected, Tensor[] state, Weights w) {
        Tensor[] next = Gates.lstm(projected.add(w.hidden(state[0])), state[1], hiddenSize());
        if (w.hr() != null) {
            next[0] = Functional.linear(next[0], w.hr());
        }
        return next;
    }
}
