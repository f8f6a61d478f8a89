package dev.levin.nn;

/**
 * Losses as functions; each takes predictions first, then targets. Without a {@link Reduction} they return the mean.
 *
 * <p>16-bit predictions are evaluated in F32. Outside a step the predictions given to a loss stay readable after the
 * optimizer has changed the parameters they came from.
 */
public final class Losses extends MarginLosses {
    private Losses() {
    }
}
