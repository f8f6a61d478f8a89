package dev.levin.trainer;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where a fit is: all counters of training, and nothing else. What a checkpoint stores under {@code loops.fit_loop}. */
final class FitProgress {
    Position position = Position.BETWEEN_EPOCHS;
    /** Epochs completed: the current epoch's number. */
    int epoch;
    /** Epochs whose batches are done; one more than {@link #epoch} while the hooks of the epoch's end run. */
    int epochsProcessed;
    /** Batches of this epoch done. */
    int batch;
    /** Batches done in all epochs. */
    long totalBatches;
    /** Optimizer steps. */
    long globalStep;
    /** Batches after which the optimizer stepped (once a batch, whatever the number of optimizers): the x-axis of loggers. */
    long batchesThatStepped;
    /** Batches of the open accumulation window, and how many of them gave a gradient. */
    int window;
    int contributions;
    /** Batches whose loss was null. */
    long skippedBatches;
    /** The last batch fetched was the epoch's last. */
    boolean lastBatch;
    /** The optimizer stepped after the last batch. */
    boolean stepped;
    /** All batches of the epoch are done. */
    boolean epochComplete;

    /** The x-axis value of the next row; that of the batch that is being ended was sent before anything was saved. */
    long nextLoggerStep() {
        boolean ending = position == Position.AFTER_STEP || position == Position.AFTER_VALIDATION;
        return batchesThatStepped + (ending && stepped ? 1 : 0);
    }

    void startEpoch() {
        batch = 0;
        window = 0;
        contributions = 0;
        lastBatch = false;
        epochComplete = false;
        position = Position.BATCH_DONE;
    }

    Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("position", position.name());
        m.put("epoch", epoch);
        m.put("epochs_processed", epochsProcessed);
        m.put("batch", batch);
        m.put("total_batches", totalBatches);
        m.put("global_step", globalStep);
        m.put("batches_that_stepped", batchesThatStepped);
        m.put("window", window);
        m.put("contributions", contributions);
        m.put("skipped_batches", skippedBatches);
        m.put("last_batch", lastBatch);
        m.put("stepped", stepped);
        m.put("epoch_complete", epochComplete);
        return m;
    }

    void loadStateDict(Map<String, Object> m) {
        position = Position.valueOf((String) m.get("position"));
        epoch = (int) Json.integer(m, "epoch");
        epochsProcessed = (int) Json.integer(m, "epochs_processed");
        batch = (int) Json.integer(m, "batch");
        totalBatches = Json.integer(m, "total_batches");
        globalStep = Json.integer(m, "global_step");
        batchesThatStepped = Json.integer(m, "batches_that_stepped");
        window = (int) Json.integer(m, "window");
        contributions = (int) Json.integer(m, "contributions");
        skippedBatches = Json.integer(m, "skipped_batches");
        stepped = Boolean.TRUE.equals(m.get("stepped"));
        lastBatch = Boolean.TRUE.equals(m.get("last_batch"));
        epochComplete = Boolean.TRUE.equals(m.get("epoch_complete"));
    }
}
