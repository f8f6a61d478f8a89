package dev.levin.examples.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives a command an option {@code --trainer.NAME} for each flag of the Trainer, so that help, completion and errors know them. */
final class TrainerOptions implements CommandLine.IModelTransformer {
    static final String PREFIX = "--trainer.";

    @Override
    public CommandSpec transform(CommandSpec spec) {
        TrainerFlags.all().values().forEach(f -> spec.addOption(OptionSpec.builder(PREFIX + f.name()).type(String.class).paramLabel("VALUE")
                .description(f.allowed() + " (default: " + f.usual() + ")").build()));
        TrainerFlags.OBJECTS.forEach(name -> spec.addOption(OptionSpec.builder(PREFIX + name).type(String.class).paramLabel("CLASS")
                .description("class names, or {class: NAME, argument: value}" + (name.equals("logger") ? ", or false for none" : "")).build()));
        return spec;
    }

    /** Puts the given ones into the settings. */
    static void into(Settings settings, CommandSpec spec) {
        for (OptionSpec given : spec.commandLine().getParseResult().matchedOptionsSet()) {
            if (given.longestName().startsWith(PREFIX)) {
                settings.set("trainer", given.longestName().substring(PREFIX.length()), Settings.scalar(given.getValue()));
            }
        }
    }
}
