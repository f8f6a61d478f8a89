package dev.levin.examples.cli;

import dev.levin.io.ArrayData;
import dev.levin.io.Npz;
import dev.levin.io.Safetensors;
import dev.levin.io.Torch;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code levin convert FROM TO}: weights from one file format to another, by the endings. */
@Command(name = "convert", mixinStandardHelpOptions = true, description = {"Writes the weights of one file in another format.",
    "From: .ckpt (Levin's or PyTorch Lightning's), .safetensors, .pt, .pth, .npz, .onnx. To: .ckpt (Levin's, the weights alone), .safetensors, .pt, .pth, .npz."})
final class ConvertCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FROM", description = "File to read.")
    private Path from;

    @Parameters(index = "1", paramLabel = "TO", description = "File to write.")
    private Path to;

    @Option(names = "--strip", paramLabel = "PREFIX", defaultValue = "", description = "Leaves out this beginning of the names.")
    private String strip;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(from)) {
            throw new NoSuchFileException(from.toString());
        }
        Map<String, ArrayData> weights = new LinkedHashMap<>();
        WeightFiles.read(from).forEach((name, w) -> weights.put(name.startsWith(strip) ? name.substring(strip.length()) : name, w));
        switch (WeightFiles.ending(to)) {
            case "ckpt" -> {
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                weights.forEach((name, w) -> tensors.put(name, Tensor.of(w.data(), w.shape())));
                Checkpoint.writeWeights(tensors, to);
            }
            case "safetensors" -> Safetensors.write(weights, to);
            case "pt", "pth" -> Torch.write(weights, to);
            case "npz" -> Npz.write(weights, to);
            default -> throw new IllegalArgumentException("can't write " + to + ": the ending has to be .ckpt, .safetensors, .pt, .pth or .npz");
        }
        spec.commandLine().getOut().println(weights.size() + " tensors in " + to);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
