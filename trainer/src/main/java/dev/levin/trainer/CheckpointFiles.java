package dev.levin.trainer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import org.slf4j.LoggerFactory;

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

    /** Removes what processes that were killed while they wrote beside this checkpoint have left: older than this process. */
    static void removeUnfinished(Path checkpoint) {
        Path folder = checkpoint.toAbsolutePath().getParent();
        Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.MIN);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.tmp")) {
            for (Path p : left) {
                if (modified(p).toInstant().isBefore(start)) {
                    Files.deleteIfExists(p);
                }
            }
        } catch (IOException e) {
            LoggerFactory.getLogger(Trainer.class).warn("unfinished checkpoints in {} can't be removed: {}", folder, e.toString());
        }
    }
}
