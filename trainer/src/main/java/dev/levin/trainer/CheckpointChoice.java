package dev.levin.trainer;

import java.nio.file.Path;

/** Which weights validate, test and predict use. */
public sealed interface CheckpointChoice {
    /** Those the model has. */
    CheckpointChoice CURRENT = new Word("current");
    /** The best file of the Trainer's checkpoint callback. */
    CheckpointChoice BEST = new Word("best");
    /** The newest {@code last} file. */
    CheckpointChoice LAST = new Word("last");

    /** The newest {@code hpc_ckpt_N} file, which a job writes that its scheduler stops and puts back into the queue. */
    CheckpointChoice HPC = new Word("hpc");

    /** One of the constants. */
    record Word(String text) implements CheckpointChoice {}

    /** A file. */
    record File(Path path) implements CheckpointChoice {}

    static CheckpointChoice file(Path path) {
        return new File(path);
    }

    /** {@code best}, {@code last}, {@code hpc}, or the path of a file. */
    static CheckpointChoice parse(String text) {
        return switch (text) {
            case "best" -> BEST;
            case "last" -> LAST;
            case "hpc" -> HPC;
            default -> new File(Path.of(text));
        };
    }
}
