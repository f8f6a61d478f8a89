package dev.levin.callbacks;

/** The loss jumped; the batch that did it, and the file that says which batches to leave out. */
public final class TrainingSpikeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int batchIndex;

    TrainingSpikeException(int batchIndex, String message) {
        super(message);
        this.batchIndex = batchIndex;
    }

    public int batchIndex() {
        return batchIndex;
    }
}
