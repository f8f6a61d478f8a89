package dev.levin.callbacks;

import dev.levin.trainer.CheckpointCallback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Writes a checkpoint when a run ends by an exception. {@code last} finds the file; a later run that ends well removes it.
 * It knows no best file: put it behind a {@link ModelCheckpoint} where {@code best} is wanted.
 */
public final class OnExceptionCheckpoint implements CheckpointCallback {
    private final Path file;
    private boolean failed;

    /** Writes {@code dirpath/on_exception.ckpt}. */
    public OnExceptionCheckpoint(Path dirpath) {
        this(dirpath, "on_exception");
    }

    /** @param filename without ending */
    public OnExceptionCheckpoint(Path dirpath, String filename) {
        if (filename.isBlank()) {
            throw new IllegalArgumentException("the file name of OnExceptionCheckpoint must not be blank; leave it out for 'on_exception'");
        }
        file = dirpath.resolve(filename + ".ckpt").toAbsolutePath().normalize();
    }

    public Path file() {
        return file;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        failed = false;
    }

    @Override
    public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
        failed = true;
        trainer.saveCheckpoint(file);
    }

    @Override
    public void teardown(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (failed || stage != Stage.FIT) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("can't remove " + file + ", which is no longer needed", e);
        }
    }

    @Override
    public Optional<Path> bestModelPath() {
        return Optional.empty();
    }

    @Override
    public OptionalDouble bestModelScore() {
        return OptionalDouble.empty();
    }

    @Override
    public Optional<Path> lastModelPath() {
        return Files.exists(file) ? Optional.of(file) : Optional.empty();
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(file.getParent());
    }

    @Override
    public List<Path> findLast() {
        return lastModelPath().stream().toList();
    }
}
