package dev.levin.trainer;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What loggers are told about a checkpoint that was just written.
 *
 * @param path the file
 * @param epoch zero-based epoch it was written in
 * @param step optimizer steps done
 * @param monitor the metric that ranks checkpoints, if one does
 * @param score value of the monitored metric for this file
 * @param best the best file so far, possibly this one
 */
public record SavedCheckpoint(Path path, int epoch, long step, Optional<String> monitor, OptionalDouble score,
                              Optional<Path> best) {

    /** A checkpoint that nothing ranks. */
    public SavedCheckpoint(Path path, int epoch, long step) {
        this(path, epoch, step, Optional.empty(), OptionalDouble.empty(), Optional.empty());
    }
}
