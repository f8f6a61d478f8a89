package dev.levin.trainer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Saves at the end of every epoch, as the default checkpoint callback does. */
final class SavingCallback implements CheckpointCallback {
    final Path file;
    private boolean saved;

    SavingCallback(Path file) {
        this.file = file;
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        trainer.saveCheckpoint(file);
        saved = true;
    }

    @Override
    public Optional<Path> bestModelPath() {
        return saved ? Optional.of(file) : Optional.empty();
    }

    @Override
    public OptionalDouble bestModelScore() {
        return OptionalDouble.empty();
    }

    @Override
    public Optional<Path> lastModelPath() {
        return bestModelPath();
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(file.getParent());
    }

    @Override
    public List<Path> findLast() {
        return List.of();
    }
}
