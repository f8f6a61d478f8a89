package dev.levin.examples.cli;

import dev.levin.io.ArrayData;
import dev.levin.io.Npz;
import dev.levin.io.OnnxTensors;
import dev.levin.io.Safetensors;
import dev.levin.io.Torch;
import dev.levin.trainer.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code levin convert FROM TO}: weights from one file format to another, by the endings. */
@Command(name = "convert", mixinStandardHelpOptions = true, description = {"Writes the weights of one file in another format.",
    "From: .ckpt (Levin's or PyTorch Lightning's), .safetensors, .pt, .pth, .npz, .onnx. To: .safetensors, .pt, .pth, .npz."})
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
        read().forEach((name, w) -> weights.put(name.startsWith(strip) ? name.substring(strip.length()) : name, w));
        switch (ending(to)) {
            case "safetensors" -> Safetensors.write(weights, to);
            case "pt", "pth" -> Torch.write(weights, to);
            case "npz" -> Npz.write(weights, to);
            default -> throw new IllegalArgumentException("can't write " + to + ": the ending has to be .safetensors, .pt, .pth or .npz");
        }
        spec.commandLine().getOut().println(weights.size() + " tensors in " + to);
        spec.commandLine().getOut().flush();
        return 0;
    }

    private Map<String, ArrayData> read() throws IOException {
        return switch (ending(from)) {
            case "ckpt" -> isZip(from) ? Torch.arrays(from, Torch.UnknownClasses.PLACEHOLDER) : state(from);
            case "safetensors" -> Safetensors.read(from);
            case "pt", "pth" -> Torch.arrays(from);
            case "npz" -> Npz.read(from);
            case "onnx" -> OnnxTensors.read(from);
            default -> throw new IllegalArgumentException("can't read " + from + ": the ending has to be .ckpt, .safetensors, .pt, .pth, .npz or .onnx");
        };
    }

    /** The weights alone, after the checksum was verified. */
    private static Map<String, ArrayData> state(Path file) throws IOException {
        var names = Checkpoint.read(file).stateDict().keySet();
        Map<String, ArrayData> all = Safetensors.read(file);
        Map<String, ArrayData> weights = new LinkedHashMap<>();
        for (String n : names) {
            weights.put(n, all.get(n));
        }
        return weights;
    }

    private static boolean isZip(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.read() == 'P' && in.read() == 'K';
        }
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
