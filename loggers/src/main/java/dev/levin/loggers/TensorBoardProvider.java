package dev.levin.loggers;

import dev.levin.trainer.Logger;
import dev.levin.trainer.spi.DefaultLoggerProvider;
import java.nio.file.Path;

/** Makes TensorBoard the logger of a Trainer that was given none. */
public final class TensorBoardProvider implements DefaultLoggerProvider {
    @Override
    public Logger create(Path rootDir) {
        return new TensorBoardLogger(rootDir.toString());
    }
}
