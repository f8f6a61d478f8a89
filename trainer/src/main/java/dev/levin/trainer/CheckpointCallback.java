package dev.levin.trainer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A callback that saves checkpoints and knows which is best; what the Trainer needs to resolve {@code best} and {@code last}. */
public interface CheckpointCallback extends Callback {
    @Override
    default Order order() {
        return Order.CHECKPOINT;
    }

    /** The best file so far; the most recent when nothing ranks them. */
    Optional<Path> bestModelPath();

    /** Value of the monitored metric of {@link #bestModelPath}. */
    OptionalDouble bestModelScore();

    /** The newest {@code last} file written in this run. */
    Optional<Path> lastModelPath();

    /** Where files go; known from {@code setup} on. */
    Optional<Path> directory();

    /** Files of {@link #directory} that are {@code last} files, from this run or an earlier one. */
    List<Path> findLast();

    /** As {@link #findLast()}, in a folder where files would go by default; asked before a first run has settled the folder. */
    default List<Path> findLast(Path folder) {
        return List.of();
    }
}
