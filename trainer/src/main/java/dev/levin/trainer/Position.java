package dev.levin.trainer;

/**
 * Where in the loop a run is: an explicit value that a checkpoint stores, so that resuming needs no guessing. Each value says
 * what has been done last; what follows it is what a resumed run does first.
 */
public enum Position {
    /** No epoch is open: before the first, or after the last. */
    BETWEEN_EPOCHS,
    /** In an epoch, after everything that belongs to the last batch. */
    BATCH_DONE,
    /** The optimizer and the hooks of a batch ran; a validation that is due, plateau schedulers and step counting have not. */
    AFTER_STEP,
    /** The validation after a batch ran. */
    AFTER_VALIDATION,
    /** The hooks of the epoch's end are running; plateau schedulers of the epoch have not stepped. */
    EPOCH_END
}
