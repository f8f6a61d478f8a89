package dev.levin.trainer;

/** What {@link LightningModule#onTrainBatchStart} wants to happen next. */
public enum Flow {
    /** Train on the batch. */
    CONTINUE,
    /** Leave this batch and the rest of the epoch out; schedulers of the epoch still step. */
    SKIP_EPOCH
}
