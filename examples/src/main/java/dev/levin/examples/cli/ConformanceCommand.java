package dev.levin.examples.cli;

import dev.levin.examples.conformance.CurvesConformance;
import dev.levin.examples.conformance.InteropConformance;
import dev.levin.examples.conformance.OpsConformance;
import dev.levin.examples.conformance.OptimConformance;
import dev.levin.examples.conformance.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code levin conformance KIND DIR}: compares Levin with reference results computed elsewhere. */
@Command(name = "conformance", description = "Compares Levin with reference results in a folder; exit code 1 if anything differs.")
final class ConformanceCommand implements Callable<Integer> {
    enum Kind { OPS, OPTIM, INTEROP, CURVES }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(index = "0", description = "What the folder holds: ${COMPLETION-CANDIDATES}.")
    private Kind kind;

    @Parameters(index = "1", paramLabel = "DIR", description = "A folder of reference results, or one file of it.")
    private Path dir;

    @Option(names = "--data", paramLabel = "DIR", description = "For curves: the folder with iris.csv and mnist/; default: data/ beside DIR.")
    private Path data;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        return switch (kind) {
            case OPS -> print(OpsConformance.run(dir), out);
            case OPTIM -> print(OptimConformance.run(dir), out);
            case CURVES -> print(CurvesConformance.run(dir, data), out);
            case INTEROP -> {
                InteropConformance.Report report = InteropConformance.run(dir);
                report.lines().forEach(out::println);
                out.println(report.passed() + " passed, " + report.failed() + " failed");
                yield report.failed() > 0 ? 1 : 0;
            }
        };
    }

    private static int print(Report report, PrintWriter out) {
        report.print(out);
        return report.exitCode();
    }
}
