package dev.levin.trainer;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a fit ended.
 *
 * @param status {@link Status#FINISHED} or {@link Status#INTERRUPTED}
 * @param reason why it ended: {@code max_epochs=3 reached}, {@code SIGTERM}, what early stopping said
 * @param step optimizer steps done
 * @param epoch epochs done
 * @param metrics the last values that callbacks could see
 * @param bestCheckpoint the best file of the first checkpoint callback
 * @param checkpoint the file written because the run was interrupted
 * @param skippedBatches batches whose training step returned null
 * @param nonFiniteLossStep the step at which a loss that was not finite was noticed first
 */
public record FitResult(Status status, String reason, long step, int epoch, Map<String, Double> metrics, Optional<Path> bestCheckpoint,
                        Optional<Path> checkpoint, long skippedBatches, OptionalLong nonFiniteLossStep) {
    public boolean isInterrupted() {
        return status == Status.INTERRUPTED;
    }
}
