package dev.levin.examples.conformance;

import dev.levin.io.Npy;
import dev.levin.io.Npz;
import dev.levin.io.OnnxTensors;
import dev.levin.io.Safetensors;
import dev.levin.io.Torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The file formats of an interop folder, by the ends of their names. */
enum InteropFormat {
    SAFETENSORS(".safetensors.index.json", ".safetensors") {
        @Override
        Object read(Path file) throws IOException {
            return Safetensors.read(file);
        }
    },
    TORCH(".pt", ".pth", ".ckpt") {
        @Override
        Object read(Path file) throws IOException {
            return Torch.load(file);
        }
    },
    NPY(".npy") {
        @Override
        Object read(Path file) throws IOException {
            return Npy.read(file);
        }
    },
    NPZ(".npz") {
        @Override
        Object read(Path file) throws IOException {
            return Npz.read(file);
        }
    },
    ONNX(".onnx") {
        @Override
        Object read(Path file) throws IOException {
            return OnnxTensors.read(file);
        }
    };

    private final List<String> suffixes;

    InteropFormat(String... suffixes) {
        this.suffixes = List.of(suffixes);
    }

    /** Everything in the file. */
    abstract Object read(Path file) throws IOException;

    /** Whether files of this format keep every weight under the name it has in the model. */
    boolean holdsStateDicts() {
        return this == SAFETENSORS || this == TORCH;
    }

    /** The format of a file name, or null for names of another kind. */
    static InteropFormat of(String name) {
        for (InteropFormat f : values()) {
            if (f.suffixes.stream().anyMatch(name::endsWith)) {
                return f;
            }
        }
        return null;
    }

    /** The name without the format's suffix. */
    String stem(String name) {
        String suffix = suffixes.stream().filter(name::endsWith).findFirst().orElseThrow();
        return name.substring(0, name.length() - suffix.length());
    }
}
