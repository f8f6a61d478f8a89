package dev.levin.trainer;

import java.nio.file.Path;
import java.util.Map;

/** Files of nested plain values and tensors, in the format of checkpoints; for loops that are not a Trainer's. */
public final class CheckpointStore {
    private CheckpointStore() {
    }

    /**
     * Writes atomically, with a checksum.
     *
     * @throws CheckpointException if an entry can't be stored, or the file can't be written
     */
    public static void write(Path file, Map<String, Object> content) {
        new Checkpoint(content, null).write(file);
    }

    /** @throws CheckpointException if the file is missing or damaged */
    public static Map<String, Object> read(Path file) {
        return Checkpoint.read(file).content();
    }
}
