package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** One time step of the recurrent cells, from gates [N, gates * hidden]. */
final class Gates {
    private Gates() {
    }

    private static Tensor part(Tensor gates, int i, int size) {
        return gates.narrow(-1, i * size, size);
    }

    /** Hidden and cell state of an LSTM; gates in the order input, forget, cell, output. */
    static Tensor[] lstm(Tensor gates, Tensor cell, int size) {
        Tensor in = part(gates, 0, size).sigmoid();
        Tensor forget = part(gates, 1, size).sigmoid();
        Tensor candidate = part(gates, 2, size).tanh();
        Tensor out = part(gates, 3, size).sigmoid();
        Tensor next = forget.mul(cell).add(in.mul(candidate));
        return new Tensor[] {out.mul(next.tanh()), next};
    }

    /** Hidden state of a GRU; gates in the order reset, update, new; those of input and hidden state apart. */
    static Tensor gru(Tensor input, Tensor hidden, Tensor state, int size) {
        Tensor reset = part(input, 0, size).add(part(hidden, 0, size)).sigmoid();
        Tensor update = part(input, 1, size).add(part(hidden, 1, size)).sigmoid();
        Tensor candidate = part(input, 2, size).add(reset.mul(part(hidden, 2, size))).tanh();
        return candidate.add(update.mul(state.sub(candidate)));
    }
}
