package dev.levin.trainer;

/**
 * Ends a run early on request: a signal, or {@link Trainer#interrupt}. The Trainer catches it at the end of the run, so
 * callers see a result whose status is {@link Status#INTERRUPTED}; callbacks see it in {@code onException}.
 */
public class RunInterruptedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunInterruptedException(String reason) {
        super(reason);
    }
}
