package dev.levin.trainer.config;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes the settings of a run as {@code config.yaml} into its folder, from where {@code levin fit --config} runs it again. An existing
 * file is never overwritten: a run that goes on in the same folder writes {@code config-1.yaml}, unless nothing has changed.
 */
public final class SaveConfig implements Callback {
    private final String yaml;

    /** @param settings as {@link RunConfig#describe} gives them */
    public SaveConfig(Map<String, ?> settings) {
        yaml = Settings.yaml(settings);
    }

    @Override
    public void onFitStart(Trainer trainer, LightningModule<?> module) {
        trainer.logDir().filter(_ -> trainer.fastDevRun() == 0).ifPresent(this::write);
    }

    private void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve("config.yaml");
            for (int i = 1; Files.exists(file); i++) {
                if (Files.readString(file).equals(yaml)) {
                    return;
                }
                file = folder.resolve("config-" + i + ".yaml");
            }
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException("the settings can't be written into " + folder, e);
        }
    }
}
