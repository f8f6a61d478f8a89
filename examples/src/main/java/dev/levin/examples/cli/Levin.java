package dev.levin.examples.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Entry point of {@code ./levin}. */
@Command(name = "levin", mixinStandardHelpOptions = true, version = "levin 0.1.0",
        description = "Trains neural networks on the JVM.", synopsisSubcommandLabel = "COMMAND",
        subcommands = {FitCommand.class, ValidateCommand.class, TestCommand.class, PredictCommand.class, TuneCommand.class,
            CrossvalCommand.class, ExplainCommand.class, InspectCommand.class, ConvertCommand.class, ExportCommand.class, DoctorCommand.class,
            FuzzCommand.class, ConformanceCommand.class, CompletionCommand.class, CommandLine.HelpCommand.class})
public final class Levin implements Runnable {
    private final Map<String, String> environment;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(names = "--stack-trace", scope = CommandLine.ScopeType.INHERIT, description = "Shows where an error happened, not its message alone.")
    private boolean stackTrace;

    private Levin(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? There are " + spec.subcommands().keySet());
    }

    Map<String, String> environment() {
        return environment;
    }

    boolean stackTrace() {
        return stackTrace;
    }

    static void main(String[] args) {
        int code = commandLine().execute(args);
        if (code != 0) {
            Runtime.getRuntime().exit(code);
        }
    }

    /** The command with its error handling; tests call this. */
    public static CommandLine commandLine() {
        return commandLine(System.getenv());
    }

    /** As {@link #commandLine()} with other environment variables. */
    public static CommandLine commandLine(Map<String, String> environment) {
        CommandLine line = new Line(new Levin(environment));
        UserErrors errors = new UserErrors();
        line.setExecutionExceptionHandler(errors);
        line.setParameterExceptionHandler(errors);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }

    /** Lets {@code --model.NAME VALUE} and its like be written for any name, which picocli can't know. */
    private static final class Line extends CommandLine {
        private static final List<String> FREE = List.of("--model.", "--data.", "--optimizer.", "--lr_scheduler.");

        Line(Object command) {
            super(command);
        }

        @Override
        public int execute(String... args) {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < args.length; i++) {
                String option = args[i];
                if (FREE.stream().noneMatch(option::startsWith)) {
                    all.add(args[i]);
                    continue;
                }
                String word = args[i].substring(2);
                boolean together = word.contains("=");
                if (!together && i + 1 == args.length) {
                    getErr().println("levin: the option " + args[i] + " needs a value");
                    return ExitCode.USAGE;
                }
                all.add(RunOptions.SET);
                all.add(together ? word : word + "=" + args[++i]);
            }
            return super.execute(all.toArray(String[]::new));
        }
    }
}
