package dev.levin.examples.cli;

import dev.levin.data.SampleException;
import dev.levin.trainer.CheckpointException;
import dev.levin.trainer.config.Nearest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine;

/**
 * What the user can mend is told in one line. Only an error that nobody foresaw shows where it happened, or one for which
 * {@code --stack-trace} was given.
 */
final class UserErrors implements CommandLine.IExecutionExceptionHandler, CommandLine.IParameterExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        PrintWriter err = line.getErr();
        Throwable cause = e;
        while (cause instanceof InvocationTargetException || cause instanceof UncheckedIOException) {
            cause = cause.getCause();
        }
        Levin root = (Levin) line.getCommandSpec().root().userObject();
        String message = told(cause);
        if (message == null) {
            err.println("levin: unexpected error; please report it with the lines below");
        } else {
            err.println("levin: " + oneLine(message));
        }
        if (message == null || root.stackTrace()) {
            cause.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** What to say; null for an error that is not the user's. */
    private static String told(Throwable cause) {
        return switch (cause) {
            case NoSuchFileException f -> "no such file: " + f.getFile() + Nearest.fileHint(Path.of(f.getFile()));
            case AccessDeniedException f -> "not allowed to use " + f.getFile();
            case NotDirectoryException f -> "not a folder: " + f.getFile();
            case IOException f -> f.getMessage() == null ? f.toString() : f.getMessage();
            case CheckpointException f -> f.getMessage();
            case SampleException f -> f.getMessage();
            case IllegalArgumentException f -> f.getMessage();
            case IllegalStateException f -> f.getMessage();
            default -> null;
        };
    }

    private static String oneLine(String message) {
        return String.join(" ", message.lines().map(String::strip).filter(l -> !l.isEmpty()).toList());
    }

    @Override
    public int handleParseException(CommandLine.ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        line.getErr().println("levin: " + oneLine(e instanceof CommandLine.UnmatchedArgumentException u ? unmatched(u) : e.getMessage()));
        line.getErr().flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String unmatched(CommandLine.UnmatchedArgumentException e) {
        String word = e.getUnmatched().getFirst();
        CommandLine.Model.CommandSpec spec = e.getCommandLine().getCommandSpec();
        if (word.startsWith("-")) {
            String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
            List<String> known = spec.options().stream().filter(o -> !o.hidden()).flatMap(o -> Stream.of(o.names())).toList();
            return "unknown option " + name + Nearest.hint(name, known) + " All of them: " + spec.qualifiedName() + " --help";
        }
        if (!spec.subcommands().isEmpty()) {
            return "unknown command " + word + Nearest.hint(word, spec.subcommands().keySet()) + " There are "
                    + StreamSupport.stream(spec.subcommands().keySet().spliterator(), false).toList();
        }
        return "'" + word + "' is one argument too many for " + spec.qualifiedName();
    }
}
