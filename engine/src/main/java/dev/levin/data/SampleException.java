package dev.levin.data;

/** A sample could not be fetched; names it and its data set. */
public final class SampleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int index;

    public SampleException(int index, Throwable cause) {
        this(index, "sample " + index, cause);
    }

    /** @param what the sample, as its data set describes it */
    public SampleException(int index, String what, Throwable cause) {
        super(what + " could not be loaded: " + cause, cause);
        this.index = index;
    }

    public int index() {
        return index;
    }
}
