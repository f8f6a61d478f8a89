package dev.levin.trainer;

import java.nio.file.Path;
import java.util.List;

/**
 * How a callback wants a checkpoint saved.
 *
 * @param file where to
 * @param weightsOnly leaves out everything that only a further fit needs
 * @param later whether the state is copied to the host and written while training goes on
 * @param replaces files that are deleted as soon as this one is safely on the disk
 * @param afterwards runs in the thread of the run when the file is written: at once, or at a safe point
 */
public record CheckpointRequest(Path file, boolean weightsOnly, boolean later, List<Path> replaces, Runnable afterwards) {
    public CheckpointRequest {
        file = file.toAbsolutePath();
        replaces = replaces.stream().map(Path::toAbsolutePath).toList();
    }
}
