package dev.levin.trainer;

/** The pieces of a run do not fit together; the message says which, and what would. */
public class MisconfigurationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public MisconfigurationException(String message) {
        super(message);
    }

    public MisconfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
