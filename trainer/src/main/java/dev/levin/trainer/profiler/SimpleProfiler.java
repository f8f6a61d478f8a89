package dev.levin.trainer.profiler;

import dev.levin.trainer.Profiler;
import dev.levin.trainer.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Adds up the time of each action: mean, number of calls, total, share. Actions nest, so shares may add up to more than
 * 100 %; devices work asynchronously, so an action's time is what the host spent in it.
 */
public final class SimpleProfiler implements Profiler {
    private static final class Total {
        long calls;
        long nanos;
    }

    private final Map<String, Total> totals = new LinkedHashMap<>();
    private final LongSupplier clock;
    private final long start;
    private final String filename;
    private Path folder;

    public SimpleProfiler() {
        this(System::nanoTime);
    }

    /** Writes the table to {@code fit-FILENAME.txt} in the folder of the run, instead of printing it; and so for each entry point. */
    public SimpleProfiler(String filename) {
        this(System::nanoTime, filename);
    }

    /** With a clock of one's own, in nanoseconds. */
    public SimpleProfiler(LongSupplier clock) {
        this(clock, null);
    }

    private SimpleProfiler(LongSupplier clock, String filename) {
        this.filename = filename;
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    @Override
    public Action start(String action) {
        long begin = clock.getAsLong();
        return () -> {
            Total t = totals.computeIfAbsent(action, a -> new Total());
            t.calls++;
            t.nanos += clock.getAsLong() - begin;
        };
    }

    /** Calls of an action so far. */
    public long calls(String action) {
        Total t = totals.get(action);
        return t == null ? 0 : t.calls;
    }

    /** Seconds spent in an action so far. */
    public double seconds(String action) {
        Total t = totals.get(action);
        return t == null ? 0 : t.nanos / 1e9;
    }

    @Override
    public void setup(Stage stage, Path runFolder) {
        folder = runFolder;
    }

    @Override
    public void teardown(Stage stage) {
        if (filename == null || folder == null) {
            return;
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(stage.key() + "-" + filename + ".txt"), table());
        } catch (IOException e) {
            throw new UncheckedIOException("the profile can't be written into " + folder, e);
        }
    }

    @Override
    public String report() {
        return filename == null ? table() : "";
    }

    private String table() {
        double whole = Math.max(1, clock.getAsLong() - start);
        List<Map.Entry<String, Total>> rows = new ArrayList<>(totals.entrySet());
        rows.sort(Comparator.comparingLong((Map.Entry<String, Total> e) -> e.getValue().nanos).reversed());
        int width = rows.stream().mapToInt(e -> e.getKey().length()).max().orElse(6);
        StringBuilder s = new StringBuilder("PROFILE\n");
        s.append(String.format(Locale.ROOT, "%-" + width + "s  %12s  %8s  %12s  %7s%n", "action", "mean s", "calls", "total s", "share"));
        for (Map.Entry<String, Total> e : rows) {
            Total t = e.getValue();
            s.append(String.format(Locale.ROOT, "%-" + width + "s  %12.6f  %8d  %12.6f  %6.2f%%%n", e.getKey(), t.nanos / 1e9 / t.calls, t.calls,
                    t.nanos / 1e9, 100 * t.nanos / whole));
        }
        return s.toString();
    }
}
