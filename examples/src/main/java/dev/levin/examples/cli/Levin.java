package dev.levin.examples.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./levin}. */
@Command(name = "levin", mixinStandardHelpOptions = true, version = "levin 0.1.0",
        description = "Trains neural networks on the JVM.", synopsisSubcommandLabel = "COMMAND",
        subcommands = {FitCommand.class, InspectCommand.class, DoctorCommand.class, ConformanceCommand.class,
            AutoComplete.GenerateCompletion.class, CommandLine.HelpCommand.class})
public final class Levin implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which command?");
    }

    static void main(String[] args) {
        int code = commandLine().execute(args);
        if (code != 0) {
            Runtime.getRuntime().exit(code);
        }
    }

    /** The command with its error handling; tests call this. */
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Levin());
        line.setExecutionExceptionHandler(new UserErrors());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }
}
