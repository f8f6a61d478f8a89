package dev.levin.trainer.profiler;

import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Recording;

/**
 * Records every hook, plan made, plan run, launch and wait for a loader with the JDK's Flight Recorder, with samples of what the
 * Java threads did; a file {@code fit-profile.jfr} for each entry point, which JDK Mission Control opens. Prints the table of
 * {@link SimpleProfiler} as well.
 *
 * <p>While no such profiler runs, the engine's events cost one read of a flag for each run of a plan.
 */
public final class AdvancedProfiler extends RecordingProfiler {
    /** Writes into the folder of the run. */
    public AdvancedProfiler() {
        this(null);
    }

    /** @param folder where the recordings go; null for the folder of the run */
    public AdvancedProfiler(Path folder) {
        super(folder);
    }

    @Override
    String file(Path place) {
        return "recording    " + ending(place, ".jfr") + " (open it with JDK Mission Control, or: jfr summary FILE)";
    }

    @Override
    void write(Recording stopped, Path place) throws IOException {
        stopped.dump(ending(place, ".jfr"));
    }
}
