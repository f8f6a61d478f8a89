package dev.levin.trainer;

/**
 * What {@code log} may do in a hook.
 *
 * @param allowed whether the hook may log at all
 * @param step whether values go out by step when the call does not say
 * @param epoch whether values are gathered over the epoch when the call does not say
 * @param stepAllowed whether {@link Log#onStep} may be asked for
 */
record LogRule(boolean allowed, boolean step, boolean epoch, boolean stepAllowed) {
    /** By step unless told otherwise. */
    static final LogRule BY_STEP = new LogRule(true, true, false, true);
    /** By epoch unless told otherwise. */
    static final LogRule BY_EPOCH = new LogRule(true, false, true, true);
    /** By epoch and nothing else. */
    static final LogRule EPOCH_ONLY = new LogRule(true, false, true, false);
    /** Nothing may be logged. */
    static final LogRule FORBIDDEN = new LogRule(false, false, false, false);
}
