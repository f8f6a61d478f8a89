package dev.levin.data;

/** A loader could not make a batch though its samples could be fetched, or one of its workers died or does not answer. */
public final class LoaderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LoaderException(String message, Throwable cause) {
        super(message, cause);
    }
}
