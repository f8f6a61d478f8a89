package dev.levin.io;

import dev.levin.tensor.Tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The safetensors format, in one call each: the interchange format of weights, and the container of Levin's checkpoints.
 *
 * <p>For tensors one at a time see {@link SafetensorsFile}, for writing with a checksum or from a supplier
 * {@link SafetensorsWriter}, for weights in several files {@link SafetensorsShards}.
 */
public final class Safetensors {
    private Safetensors() {
    }

    /**
     * Reads every tensor. A path that ends in {@code .index.json} is read as a set of shards. A checksum that the
     * file carries is verified.
     *
     * @throws FormatException if the file breaks the format or its checksum
     */
    public static Map<String, ArrayData> read(Path file) throws IOException {
        if (SafetensorsShards.isIndex(file)) {
            return SafetensorsShards.read(file);
        }
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            f.verify();
            return f.readAll();
        }
    }

    /** Reads names, types, shapes and metadata, and no tensor: quick on files of any size. */
    public static SafetensorsHeader header(Path file) throws IOException {
        try (SafetensorsFile f = SafetensorsFile.open(file)) {
            return f.header();
        }
    }

    /** Writes the tensors, atomically. */
    public static void write(Map<String, ArrayData> tensors, Path file) throws IOException {
        write(tensors, Map.of(), file);
    }

    /** Writes the tensors and {@code __metadata__} strings, atomically. */
    public static void write(Map<String, ArrayData> tensors, Map<String, String> metadata, Path file) throws IOException {
        var writer = new SafetensorsWriter().metadata(metadata);
        tensors.forEach(writer::tensor);
        writer.write(file);
    }

    /**
     * Reads a state dict: every tensor by name, in the order of the file.
     *
     * @throws FormatException if the file breaks the format or its checksum
     */
    public static Map<String, Tensor> load(Path file) throws IOException {
        return TensorArrays.tensors(read(file));
    }

    /** Writes a state dict, atomically; one tensor at a time is on the host. */
    public static void save(Map<String, ? extends Tensor> stateDict, Path file) throws IOException {
        save(stateDict, Map.of(), Checksum.NONE, file);
    }

    /** Writes a state dict, {@code __metadata__} strings and a checksum, atomically. */
    public static void save(Map<String, ? extends Tensor> stateDict, Map<String, String> metadata, Checksum checksum,
            Path file) throws IOException {
        var writer = new SafetensorsWriter().metadata(metadata).checksum(checksum);
        stateDict.forEach((name, t) -> writer.tensor(name, t.dtype(), t.shape(), t::toHost));
        writer.write(file);
    }
}
