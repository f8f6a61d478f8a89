package dev.levin.trainer;

import java.nio.file.Path;

/** Where a fit starts from. */
public final class Resume {
    /** From the beginning. */
    public static final Resume NO = new Resume(null);
    /** From the newest {@code last} file of the checkpoint callbacks, or from an interrupted run; from the beginning if there is none. */
    public static final Resume LAST = new Resume(CheckpointChoice.LAST);
    /** From the best file of this Trainer's checkpoint callback. */
    public static final Resume BEST = new Resume(CheckpointChoice.BEST);

    private final CheckpointChoice choice;

    private Resume(CheckpointChoice choice) {
        this.choice = choice;
    }

    /** A file. */
    public static Resume from(Path file) {
        return new Resume(CheckpointChoice.file(file));
    }

    /** A file, or {@code last} or {@code best}. */
    public static Resume from(String fileOrWord) {
        return new Resume(CheckpointChoice.parse(fileOrWord));
    }

    CheckpointChoice choice() {
        return choice;
    }
}
