package dev.levin.examples.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Runs a command in this process and keeps what it printed through picocli's streams. */
record Shell(int code, String out, String err) {
    static Shell run(String... args) {
        return run(Map.of(), args);
    }

    static Shell run(Map<String, String> environment, String... args) {
        CommandLine line = Levin.commandLine(environment);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return new Shell(line.execute(args), out.toString(), err.toString());
    }

    /** Arguments separated by blanks. */
    static Shell line(String arguments) {
        return run(arguments.isBlank() ? new String[0] : Arrays.stream(arguments.split(" ")).toArray(String[]::new));
    }

    List<String> errors() {
        return err.lines().toList();
    }
}
