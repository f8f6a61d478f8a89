package dev.levin.trainer.crossval;

import dev.levin.trainer.Status;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What one fold came to.
 *
 * @param fold from zero; repetitions go on counting
 * @param metrics of the fold's validation part, with the best checkpoint if there is one
 * @param bestCheckpoint of the fold's checkpoint callback
 * @param step optimizer steps done
 */
public record FoldResult(int fold, Status status, Map<String, Double> metrics, Optional<Path> bestCheckpoint, long step, int epoch) {
    public FoldResult {
        metrics = Map.copyOf(metrics);
    }

    /**
     * The best checkpoint.
     *
     * @throws IllegalStateException if none was saved
     */
    public Path checkpoint() {
        return bestCheckpoint.orElseThrow(() -> new IllegalStateException("fold " + fold + " saved no checkpoint; add a ModelCheckpoint to the trainer"));
    }

    /** @throws IllegalArgumentException naming the metrics there are */
    public double metric(String name) {
        Double v = metrics.get(name);
        if (v == null) {
            throw new IllegalArgumentException("fold " + fold + " has no metric '" + name + "'; it has " + metrics.keySet());
        }
        return v;
    }
}
