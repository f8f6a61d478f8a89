package dev.levin.trainer;

import dev.levin.io.FormatException;
import dev.levin.io.SafetensorsWriter;
import dev.levin.nn.Module;
import dev.levin.tensor.Tensor;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The content of a checkpoint file: nested maps and lists of numbers, strings, booleans and tensors, under Lightning's keys
 * ({@code epoch}, {@code global_step}, {@code state_dict}, {@code optimizer_states}, {@code callbacks}, {@code loops}, ...).
 *
 * <p>The file is one safetensors file: the tensors of {@code state_dict} under their own names, so that any reader of the
 * format finds the weights; all other tensors under their path; and everything that is not a tensor as JSON in the
 * metadata. Nothing in it can run code. Files carry a checksum and are written atomically.
 */
public final class Checkpoint {
    static final int VERSION = 2;

    private final Map<String, Object> content;
    private final Path file;

    Checkpoint(Map<String, Object> content, Path file) {
        this.content = content;
        this.file = file;
    }

    /**
     * Reads a file and verifies its checksum.
     *
     * @throws CheckpointException if there is no such file (the cause is then a {@link NoSuchFileException}), or it is damaged,
     *     or no checkpoint; the message names the newest good one beside it, if there is one
     */
    public static Checkpoint read(Path file) {
        try {
            return new Checkpoint(CheckpointCodec.read(file), file);
        } catch (NoSuchFileException e) {
            throw new CheckpointException("there is no checkpoint " + file.toAbsolutePath(), e);
        } catch (FormatException e) {
            String other = newestGood(file).map(p -> " The newest good checkpoint beside it is " + p + "; resume with that one.")
                    .orElse(" There is no good checkpoint beside it.");
            throw new CheckpointException("the checkpoint " + file + " can't be used: " + e.reason() + "." + other, e);
        } catch (IOException e) {
            throw new CheckpointException("the checkpoint " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /**
     * Writes weights that come from elsewhere, as a checkpoint of the model alone.
     *
     * @throws CheckpointException if the file can't be written
     */
    public static void writeWeights(Map<String, Tensor> stateDict, Path file) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("epoch", 0);
        content.put("global_step", 0);
        content.put("state_dict", new LinkedHashMap<>(stateDict));
        new Checkpoint(content, null).write(file);
    }

    /** The newest other checkpoint of the same folder that is whole. */
    public static Optional<Path> newestGood(Path damaged) {
        Path dir = damaged.toAbsolutePath().getParent();
        String name = damaged.getFileName().toString();
        String extension = name.contains(".") ? name.substring(name.lastIndexOf('.')) : "";
        try (var files = Files.list(dir)) {
            List<Path> others = files.filter(p -> p.getFileName().toString().endsWith(extension) && !p.getFileName().toString().equals(name)
                    && !p.getFileName().toString().startsWith(".")).sorted(CheckpointFiles.NEWEST_FIRST).toList();
            for (Path p : others) {
                if (CheckpointCodec.isGood(p)) {
                    return Optional.of(p);
                }
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    void write(Path target) {
        write(target, true);
    }

    /** @param durable whether it is on the disk, not only with the operating system, when this returns */
    void write(Path target, boolean durable) {
        write(target, () -> CheckpointCodec.encode(content).write(target, durable));
    }

    /** What goes into a file, as it is now; later changes of weights do not reach it. */
    interface Snapshot {
        void write(Path target);
    }

    Snapshot snapshot() {
        try {
            SafetensorsWriter writer = CheckpointCodec.snapshot(content);
            return target -> write(target, () -> writer.write(target, false));
        } catch (IOException e) {
            throw new CheckpointException("the checkpoint can't be encoded: " + e.getMessage(), e);
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static void write(Path target, Writing writing) {
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            writing.run();
        } catch (IOException e) {
            throw unwritten(target, e);
        }
    }

    static CheckpointException unwritten(Path target, IOException e) {
        return new CheckpointException("the checkpoint " + target.toAbsolutePath() + " can't be written: " + reason(e)
                + ". What was saved before is untouched. Free space, make the folder writable, or choose another one (ModelCheckpoint.dirpath)", e);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException a -> "no permission for " + a.getFile();
            case FileAlreadyExistsException f -> f.getFile() + " is a file, not a folder";
            case NotDirectoryException f -> f.getFile() + " is a file, not a folder";
            default -> String.valueOf(e.getMessage());
        };
    }

    /** Where it was read from; null for one that was not. */
    public Path file() {
        return file;
    }

    /** Everything, by key. */
    public Map<String, Object> content() {
        return Collections.unmodifiableMap(content);
    }

    Map<String, Object> mutable() {
        return content;
    }

    /** Zero-based epoch it was written in; the number of epochs done if it was written after training. */
    public int epoch() {
        return (int) Json.integer(content, "epoch");
    }

    /** Optimizer steps done. */
    public long globalStep() {
        return Json.integer(content, "global_step");
    }

    /** Parameters and buffers. */
    public Map<String, Tensor> stateDict() {
        Map<String, Tensor> m = new LinkedHashMap<>();
        Json.map(content, "state_dict").forEach((k, v) -> m.put(k, (Tensor) v));
        return m;
    }

    /** Whether only the model was saved; such a file can't resume training. */
    public boolean isWeightsOnly() {
        return !content.containsKey("optimizer_states");
    }

    /** What the model was made from; empty if it did not say. */
    public HyperParameters hyperParameters() {
        return content.get("hyper_parameters") instanceof Map<?, ?> m ? HyperParameters.of(m) : HyperParameters.NONE;
    }

    /** What the data module was made from; empty if there was none, or it did not say. */
    public HyperParameters dataHyperParameters() {
        return content.get("datamodule_hyper_parameters") instanceof Map<?, ?> m ? HyperParameters.of(m) : HyperParameters.NONE;
    }

    /**
     * Puts the weights into a model.
     *
     * @param strict whether keys must match exactly
     */
    public void loadWeights(Module model, boolean strict) {
        try {
            model.loadStateDict(stateDict(), strict);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException((file == null ? "the checkpoint" : file.toString()) + " does not fit " + model.getClass().getSimpleName() + ": "
                    + e.getMessage(), e);
        }
    }
}
