package dev.levin.examples.cli;

import dev.levin.trainer.Checkpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code levin inspect FILE}: what is in a checkpoint. */
@Command(name = "inspect", description = "Shows what is in a checkpoint: tensors, epoch, step, hyper-parameters.", mixinStandardHelpOptions = true)
final class InspectCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(paramLabel = "CHECKPOINT", description = "The file.")
    private Path file;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Checkpoint c = Checkpoint.read(file);
        out.println(file + (c.isWeightsOnly() ? " (weights only)" : ""));
        out.println("epoch " + c.epoch() + ", step " + c.globalStep());
        out.println("hyper-parameters " + c.hyperParameters());
        out.println("contents " + c.content().keySet());
        long total = 0;
        for (var e : c.stateDict().entrySet()) {
            out.printf("  %-40s %-8s %s%n", e.getKey(), e.getValue().dtype(), e.getValue().shape());
            total += e.getValue().numel();
        }
        out.printf("%,d elements in %d tensors%n", total, c.stateDict().size());
        out.flush();
    }
}
