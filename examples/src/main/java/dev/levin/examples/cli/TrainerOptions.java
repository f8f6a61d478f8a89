package dev.levin.examples.cli;

import dev.levin.trainer.config.Settings;
import dev.levin.trainer.config.TrainerFlags;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives a command an option {@code --trainer.NAME} for each flag of the Trainer, so that help, completion and errors know them. */
final class TrainerOptions implements CommandLine.IModelTransformer {
    static final String PREFIX = "--trainer.";
    private static final int WIDTH = 120;

    @Override
    public CommandSpec transform(CommandSpec spec) {
        // Completion scripts know the candidates by the label, so each label is one option's.
        TrainerFlags.all().forEach(f -> spec.addOption(OptionSpec.builder(PREFIX + f.name()).type(String.class)
                .paramLabel(f.choices().isEmpty() ? "VALUE" : f.name().toUpperCase(Locale.ROOT))
                .completionCandidates(f.choices())
                .description(f.allowed() + " (default: " + f.usual() + ")").build()));
        spec.usageMessage().abbreviateSynopsis(true).width(WIDTH);
        return spec;
    }

    /** Puts the given ones into the settings. */
    static void into(Settings settings, CommandSpec spec) {
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptionsSet()) {
            if (given.longestName().startsWith(PREFIX)) {
                settings.text(given.longestName().substring(2), given.getValue());
            }
        }
    }
}
