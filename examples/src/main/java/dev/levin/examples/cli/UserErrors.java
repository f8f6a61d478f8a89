package dev.levin.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/**
 * What the user can mend is told in one line. Only an error that nobody foresaw shows where it happened.
 */
final class UserErrors implements CommandLine.IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        PrintWriter err = line.getErr();
        Throwable cause = e;
        while (cause instanceof java.lang.reflect.InvocationTargetException || cause instanceof java.io.UncheckedIOException) {
            cause = cause.getCause();
        }
        switch (cause) {
            case NoSuchFileException f -> err.println("levin: no such file: " + f.getFile());
            case AccessDeniedException f -> err.println("levin: not allowed to use " + f.getFile());
            case IOException f -> err.println("levin: " + f.getMessage());
            case IllegalArgumentException f -> err.println("levin: " + f.getMessage());
            case IllegalStateException f -> err.println("levin: " + f.getMessage());
            default -> {
                err.println("levin: unexpected error; please report it with the lines below");
                cause.printStackTrace(err);
            }
        }
        return 1;
    }
}
