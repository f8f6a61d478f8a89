package dev.levin.data;

/** A sample could not be fetched; names it. */
public final class SampleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int index;

    public SampleException(int index, Throwable cause) {
        super("sample " + index + " could not be loaded: " + cause, cause);
        this.index = index;
    }

    public int index() {
        return index;
    }
}
