package dev.levin.examples.cli;

import dev.levin.io.ArrayData;
import dev.levin.trainer.Checkpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code levin inspect FILE}: what is in a checkpoint or a file of weights. */
@Command(name = "inspect", description = "Shows what is in a checkpoint or a file of weights: tensors, epoch, step, hyper-parameters.",
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A .ckpt, .safetensors, .pt, .pth, .npz or .onnx file.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        EvaluateOptions.existing(file);
        if (!WeightFiles.ending(file).equals("ckpt") || WeightFiles.isZip(file)) {
            out.println(file);
            print(WeightFiles.read(file), out);
            return 0;
        }
        Checkpoint c = Checkpoint.read(file);
        out.println(file + (c.isWeightsOnly() ? " (weights only)" : "") + ", checksum right");
        out.println("epoch " + c.epoch() + ", step " + c.globalStep());
        if (c.content().get("hparams_name") != null) {
            out.println("model " + c.content().get("hparams_name"));
        }
        out.println("hyper-parameters " + c.hyperParameters());
        out.println("contents " + c.content().keySet());
        print(WeightFiles.read(file), out);
        return 0;
    }

    private static void print(Map<String, ArrayData> weights, PrintWriter out) {
        long total = 0;
        long bytes = 0;
        for (Map.Entry<String, ArrayData> e : weights.entrySet()) {
            ArrayData w = e.getValue();
            out.printf("  %-40s %-8s %s%n", e.getKey(), w.data().dtype(), w.shape());
            total += w.shape().numel();
            bytes += w.shape().numel() * w.data().dtype().bytes();
        }
        out.printf(java.util.Locale.ROOT, "%,d elements in %d tensors, %.1f KiB%n", total, weights.size(), bytes / 1024.0);
        out.flush();
    }
}
