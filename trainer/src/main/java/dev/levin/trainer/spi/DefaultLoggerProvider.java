package dev.levin.trainer.spi;

import dev.levin.trainer.Logger;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.ServiceLoader;

/** Makes the logger a trainer uses when the user named none; found with {@link ServiceLoader}. */
public interface DefaultLoggerProvider {
    /** A logger below {@code rootDir}; touches no file until it is asked for its folder or something is logged. */
    Logger create(Path rootDir);

    /** The provider with the highest value wins. */
    default int priority() {
        return 0;
    }

    /** The default logger of this class path, or empty when no module with one is on it. */
    static Optional<Logger> find(Path rootDir) {
        return ServiceLoader.load(DefaultLoggerProvider.class, DefaultLoggerProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .max(Comparator.comparingInt(DefaultLoggerProvider::priority))
                .map(provider -> provider.create(rootDir));
    }
}
