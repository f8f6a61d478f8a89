package dev.levin.trainer;

import java.nio.file.Path;

/**
 * Measures what a run spends its time on. Every hook call, loader fetch and step is an action with a name such as
 * {@code [LightningModule]Digits.trainingStep}, {@code [Callback]EarlyStopping.onValidationEnd} or
 * {@code [TrainingEpochLoop].train_dataloader_next}. Actions nest and end in reverse order.
 */
public interface Profiler {
    /** Begins an action. */
    Action start(String action);

    /** Ends it. */
    @FunctionalInterface
    interface Action extends AutoCloseable {
        @Override
        void close();
    }

    /** A table of what was measured so far; empty if the profiler writes elsewhere. */
    default String report() {
        return "";
    }

    /**
     * A run starts.
     *
     * @param folder where the run's results go; may not exist yet
     */
    default void setup(Stage stage, Path folder) {}

    /** The run is over; its report has been printed. */
    default void teardown(Stage stage) {}
}
