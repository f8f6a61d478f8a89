package dev.levin.nn;

/**
 * Options of recurrent modules, to be chained: {@code RnnOptions.layers(2).batchFirst().bidirectional()}.
 *
 * @param dropout probability between layers, in training
 * @param projSize size the hidden state of an LSTM is projected to; 0 for none
 */
public record RnnOptions(int numLayers, boolean bias, boolean isBatchFirst, double dropout, boolean isBidirectional, int projSize) {
    /** One layer with biases, time first, one direction. */
    public static final RnnOptions DEFAULT = new RnnOptions(1, true, false, 0, false, 0);

    public RnnOptions {
        if (numLayers < 1 || projSize < 0) {
            throw new IllegalArgumentException("a recurrent module needs at least one layer and no negative proj_size, not " + numLayers
                    + " and " + projSize);
        }
        Args.needProbability("dropout", dropout);
    }

    public static RnnOptions layers(int count) {
        return new RnnOptions(count, true, false, 0, false, 0);
    }

    public RnnOptions bias(boolean on) {
        return new RnnOptions(numLayers, on, isBatchFirst, dropout, isBidirectional, projSize);
    }

    /** Input and output are [N, T, features]. */
    public RnnOptions batchFirst() {
        return new RnnOptions(numLayers, bias, true, dropout, isBidirectional, projSize);
    }

    public RnnOptions dropout(double p) {
        return new RnnOptions(numLayers, bias, isBatchFirst, p, isBidirectional, projSize);
    }

    public RnnOptions bidirectional() {
        return new RnnOptions(numLayers, bias, isBatchFirst, dropout, true, projSize);
    }

    public RnnOptions projSize(int size) {
        return new RnnOptions(numLayers, bias, isBatchFirst, dropout, isBidirectional, size);
    }

    int directions() {
        return isBidirectional ? 2 : 1;
    }
}
