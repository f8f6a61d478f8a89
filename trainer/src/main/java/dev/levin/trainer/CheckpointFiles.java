package dev.levin.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;

/** Order of files by age. */
final class CheckpointFiles {
    static final Comparator<Path> NEWEST_FIRST = Comparator.comparing(CheckpointFiles::modified).reversed();

    private CheckpointFiles() {
    }

    private static FileTime modified(Path p) {
        try {
            return Files.getLastModifiedTime(p);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
