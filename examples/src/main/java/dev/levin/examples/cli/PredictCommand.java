package dev.levin.examples.cli;

import dev.levin.tensor.Tensor;
import dev.levin.trainer.Prediction;
import dev.levin.trainer.Stage;
import dev.levin.type.HostArray;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code levin predict JOB}: writes what a model says of each sample, a line a sample. */
@Command(name = "predict", description = "Writes predictions with the weights of a checkpoint as CSV, a line a sample.",
        mixinStandardHelpOptions = true, sortOptions = false, modelTransformer = TrainerOptions.class)
final class PredictCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Mixin
    private RunOptions run;

    @Mixin
    private EvaluateOptions evaluate;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to (default: predictions.csv in the output folder).")
    private Path output;

    @Override
    public Integer call() {
        if (run.printed()) {
            return 0;
        }
        Path file = output == null ? run.out().resolve("predictions.csv") : output;
        PrintWriter out = spec.commandLine().getOut();
        long[] lines = {0};
        evaluate.weights(run); // before any folder is made
        try {
            if (file.toAbsolutePath().getParent() != null) {
                Files.createDirectories(file.toAbsolutePath().getParent());
            }
            try (PrintWriter csv = new PrintWriter(Files.newBufferedWriter(file))) {
                evaluate.run(run, Stage.PREDICT, out, p -> lines[0] += write(p, csv));
                if (csv.checkError()) {
                    throw new IOException("could not write all predictions to " + file + "; is the disk full?");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println(lines[0] + " predictions in " + file);
        out.flush();
        return 0;
    }

    /** Rows of the first axis; the rest of a row, flat, separated by commas. */
    private static int write(Prediction p, PrintWriter csv) {
        Object output = p.output();
        if (output instanceof Map<?, ?> m && m.size() == 1) {
            output = m.values().iterator().next();
        }
        if (!(output instanceof Tensor t)) {
            csv.println(output);
            return 1;
        }
        int rows = t.dim() == 0 ? 1 : t.size(0);
        HostArray values = t.toHost();
        int width = rows == 0 ? 0 : values.length() / rows;
        for (int r = 0; r < rows; r++) {
            StringBuilder line = new StringBuilder();
            for (int i = r * width; i < (r + 1) * width; i++) {
                line.append(i == r * width ? "" : ",").append(t.dtype().isFloat() ? Double.toString(values.getDouble(i)) : Long.toString(values.getLong(i)));
            }
            csv.println(line);
        }
        return rows;
    }
}
