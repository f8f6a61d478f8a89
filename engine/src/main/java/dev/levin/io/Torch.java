package dev.levin.io;

import dev.levin.tensor.Tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * PyTorch's own files ({@code .pt}, {@code .pth}, {@code .ckpt}): the zip format and the one before 1.6.
 *
 * <p>Such a file is a Python pickle, which by design may run code when Python reads it. Levin does not run it: it
 * constructs containers, numbers, strings and tensors from a fixed list of names and refuses the rest by name.
 */
public final class Torch {
    private Torch() {
    }

    /** What to do with classes and functions that are not on the list. */
    public enum UnknownClasses {
        /** Refuse the file, naming the class. */
        REFUSE,
        /** Put an inert {@link Opaque} in its place and go on. Nothing is run in this mode either. */
        PLACEHOLDER
    }

    /** As {@link #load(Path, UnknownClasses)}, refusing unknown classes. */
    public static Object load(Path file) throws IOException {
        return load(file, UnknownClasses.REFUSE);
    }

    /**
     * Reads everything in the file as plain values: null, Boolean, Long, BigInteger, Double, String, byte[],
     * {@link java.util.List}, {@link Tuple}, {@link Map} (in order), {@link java.util.Set}, {@link dev.levin.type.DType},
     * {@link ArrayData} for tensors and NumPy arrays, {@link Opaque} for the rest. Views become dense; tied tensors
     * become the same array.
     *
     * @throws FormatException if the file is damaged, or names a class that is not on the list
     */
    public static Object load(Path file, UnknownClasses unknown) throws IOException {
        try (TorchFile f = TorchFile.open(file, unknown == UnknownClasses.PLACEHOLDER)) {
            return f.resolve(f.root());
        }
    }

    /** As {@link #arrays(Path, UnknownClasses)}, refusing unknown classes. */
    public static Map<String, ArrayData> arrays(Path file) throws IOException {
        return arrays(file, UnknownClasses.REFUSE);
    }

    /**
     * Reads a state dict: the file's dictionary of tensors, or the one under {@code state_dict} as Lightning's
     * checkpoints have it. Other tensors of the file (optimizer state) are not read.
     *
     * @throws FormatException also if the file holds something else; the message lists its keys
     */
    public static Map<String, ArrayData> arrays(Path file, UnknownClasses unknown) throws IOException {
        try (TorchFile f = TorchFile.open(file, unknown == UnknownClasses.PLACEHOLDER)) {
            if (!(f.root() instanceof Map<?, ?> root)) {
                throw new FormatException(file, "does not hold a state dict but a single value; read it with Torch.load");
            }
            Map<?, ?> dict = root.get("state_dict") instanceof Map<?, ?> nested ? nested : root;
            f.resolve(dict);
            Map<String, ArrayData> arrays = new LinkedHashMap<>();
            for (var e : dict.entrySet()) {
                if (!(e.getKey() instanceof String name) || !(e.getValue() instanceof ArrayData array)) {
                    throw new FormatException(file, "is not a state dict: its entry '" + e.getKey() + "' is not a tensor; "
                            + "read the file with Torch.load and pick the part you need. Its keys are "
                            + root.keySet().stream().limit(50).toList());
                }
                arrays.put(name, array);
            }
            return arrays;
        }
    }

    /**
     * Writes plain values in the zip format, atomically; {@code torch.load(file, weights_only=True)} reads them. Takes
     * what {@link #load(Path)} gives, but for {@link Opaque}. Arrays that share their elements are saved once.
     *
     * @throws IllegalArgumentException for a value of any other kind, naming its place
     */
    public static void write(Object value, Path file) throws IOException {
        TorchWriter.write(value, file);
    }

    /**
     * Reads a state dict as {@link #arrays(Path)}, into tensors that a model's {@code load} takes.
     *
     * @throws FormatException if the file is damaged, holds no state dict, or names a class that is not on the list
     */
    public static Map<String, Tensor> stateDict(Path file) throws IOException {
        return TensorArrays.tensors(arrays(file));
    }

    /** As {@link #stateDict(Path)}, choosing what happens to unknown classes elsewhere in the file. */
    public static Map<String, Tensor> stateDict(Path file, UnknownClasses unknown) throws IOException {
        return TensorArrays.tensors(arrays(file, unknown));
    }

    /** Writes a state dict that {@code torch.load(file, weights_only=True)} reads; tied tensors are saved once. */
    public static void save(Map<String, ? extends Tensor> stateDict, Path file) throws IOException {
        write(TensorArrays.arrays(stateDict), file);
    }
}
