package dev.levin.device.cpu.dnnl;

/**
 * One layer and direction of a recurrent network as PyTorch defines it, in F32.
 *
 * @param time    steps T
 * @param batch   sequences N
 * @param input   features I of a step
 * @param hidden  features H of the state
 * @param reverse run from the last step to the first
 */
public record RnnSpec(Cell cell, long time, long batch, long input, long hidden, boolean reverse) {

    /** What a step computes; names, gate orders and formulas are those of torch.nn. */
    public enum Cell {
        /** {@code h = tanh(W_ih x + b_ih + W_hh h + b_hh)}. */
        RNN_TANH(1),
        /** {@code h = relu(W_ih x + b_ih + W_hh h + b_hh)}. */
        RNN_RELU(1),
        /** Gates i, f, g, o. */
        LSTM(4),
        /** Gates r, z, n, with {@code n = tanh(W_in x + b_in + r (W_hn h + b_hn))}. */
        GRU(3);

        private final int gates;

        Cell(int gates) {
            this.gates = gates;
        }

        /** Number of H-row blocks in each weight. */
        public int gates() {
            return gates;
        }
    }

    public RnnSpec {
        if (time < 1 || batch < 1 || input < 1 || hidden < 1) {
            throw new IllegalArgumentException("a recurrent layer needs at least one step, sequence, input and hidden feature; "
                    + "got " + time + ", " + batch + ", " + input + ", " + hidden);
        }
    }

    RnnSpec withBatch(long count) {
        return new RnnSpec(cell, time, count, input, hidden, reverse);
    }

    double flopsPerSequence() {
        return 2.0 * time * cell.gates() * hidden * (input + hidden);
    }
}
