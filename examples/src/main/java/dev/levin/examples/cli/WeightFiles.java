package dev.levin.examples.cli;

import dev.levin.io.ArrayData;
import dev.levin.io.Npz;
import dev.levin.io.OnnxTensors;
import dev.levin.io.Safetensors;
import dev.levin.io.Torch;
import dev.levin.trainer.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Weights of files in any format that Levin reads, by their endings. */
final class WeightFiles {
    private WeightFiles() {
    }

    /** @throws IllegalArgumentException listing the endings there are */
    static Map<String, ArrayData> read(Path file) throws IOException {
        return switch (ending(file)) {
            case "ckpt" -> isZip(file) ? Torch.arrays(file, Torch.UnknownClasses.PLACEHOLDER) : state(file);
            case "safetensors" -> Safetensors.read(file);
            case "pt", "pth" -> Torch.arrays(file);
            case "npz" -> Npz.read(file);
            case "onnx" -> OnnxTensors.read(file);
            default -> throw new IllegalArgumentException("can't read " + file + ": the ending has to be .ckpt, .safetensors, .pt, .pth, .npz or .onnx");
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

    /** PyTorch Lightning's checkpoints are zip files, Levin's are not. */
    static boolean isZip(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.read() == 'P' && in.read() == 'K';
        }
    }

    static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
