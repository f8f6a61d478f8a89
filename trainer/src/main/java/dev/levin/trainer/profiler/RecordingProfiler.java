package dev.levin.trainer.profiler;

import dev.levin.tensor.Engine;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Profiler;
import dev.levin.trainer.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/** What profilers share that record with the JDK's Flight Recorder: a recording for each entry point, and events for actions. */
abstract sealed class RecordingProfiler implements Profiler permits AdvancedProfiler, ChromeTraceProfiler {
    private static final String[] EVENTS = {"levin.Action", "levin.LoaderWait", "levin.Compile", "levin.PlanRun", "levin.Launch"};
    private static final Duration SAMPLE = Duration.ofMillis(10);

    private final Path folder;
    private final SimpleProfiler table = new SimpleProfiler();
    private Recording recording;
    private Path place;

    /** @param folder null for the folder of the run */
    RecordingProfiler(Path folder) {
        this.folder = folder;
    }

    @Override
    public final Action start(String action) {
        Action counted = table.start(action);
        if (action.endsWith("dataloader_next")) {
            LoaderWaitEvent e = new LoaderWaitEvent();
            e.begin();
            return () -> {
                e.finish(action);
                counted.close();
            };
        }
        ActionEvent e = new ActionEvent();
        e.begin();
        return () -> {
            e.finish(action);
            counted.close();
        };
    }

    @Override
    public final void setup(Stage stage, Path runFolder) {
        if (!FlightRecorder.isAvailable()) {
            throw new MisconfigurationException("this profiler needs the JDK's Flight Recorder (module jdk.jfr), which this Java has not; "
                    + "use profiler(\"simple\"), or a full JDK");
        }
        close();
        place = (folder == null ? runFolder : folder).resolve(stage.key() + "-profile");
        recording = new Recording();
        recording.setName("levin " + stage.key());
        for (String event : EVENTS) {
            recording.enable(event).withThreshold(Duration.ZERO);
        }
        recording.enable("jdk.ExecutionSample").withPeriod(SAMPLE);
        recording.enable("jdk.GarbageCollection");
        recording.start();
    }

    /** The table of the simple profiler, and where the recording will be. */
    @Override
    public final String report() {
        return table.report() + (recording == null ? "" : file(place) + "\n");
    }

    /** What is written, from its place without an ending; for the report. */
    abstract String file(Path withoutEnding);

    @Override
    public final void teardown(Stage stage) {
        if (recording == null) {
            return;
        }
        try {
            try {
                // the last steps may still be under way
                Engine.await();
            } finally {
                recording.stop();
                Files.createDirectories(place.toAbsolutePath().getParent());
                write(recording, place);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the profile can't be written to " + place + ": " + e.getMessage(), e);
        } finally {
            close();
        }
    }

    /** Writes what was recorded. */
    abstract void write(Recording stopped, Path withoutEnding) throws IOException;

    private void close() {
        if (recording != null) {
            recording.close();
            recording = null;
        }
    }

    static Path ending(Path place, String ending) {
        return place.resolveSibling(place.getFileName() + ending);
    }
}
