package dev.levin.trainer.spi;

import dev.levin.trainer.Callback;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.ServiceLoader;

/** Makes the callbacks a trainer adds by itself; found with {@link ServiceLoader}. A method may return null: no such default. */
public interface DefaultCallbackProvider {
    /** Saves the latest epoch; a {@link dev.levin.trainer.CheckpointCallback}. */
    Callback checkpoint();

    /** A {@link dev.levin.trainer.ProgressBar} that fits the place it runs in. */
    Callback progressBar();

    /** A {@link dev.levin.trainer.SummaryPrinter}. */
    Callback modelSummary();

    /** A {@link dev.levin.trainer.TimeLimit} that is checked at every step. */
    Callback timer(Duration limit);

    /** The provider with the highest value wins. */
    default int priority() {
        return 0;
    }

    /** The provider of this class path with the highest priority, or empty. */
    static Optional<DefaultCallbackProvider> find() {
        return ServiceLoader.load(DefaultCallbackProvider.class, DefaultCallbackProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .max(Comparator.comparingInt(DefaultCallbackProvider::priority));
    }
}
