package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.levin.examples.conformance.InteropConformance.Line;
import dev.levin.io.FormatException;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Files that must be refused: by a {@link FormatException} with a reason, soon, without allocating more than the file's
 * size can justify, and without running anything, which {@code WHY.json} betrays by naming a file that must not appear.
 */
final class InteropRefusals {
    private static final long NANOS = 5_000_000_000L;
    private static final long FREE_BYTES = 16L << 20;
    private static final long BYTES_PER_BYTE = 64;
    private static final Pattern MARKER = Pattern.compile("(/[\\w./-]+) must not appear");

    private InteropRefusals() {
    }

    static List<Line> check(Path mustFail) throws IOException {
        Path whyFile = mustFail.resolve("WHY.json");
        JsonNode why = new ObjectMapper().readTree(Files.exists(whyFile) ? Files.readString(whyFile) : "{}");
        List<Line> lines = new ArrayList<>();
        for (Path file : InteropConformance.sorted(mustFail)) {
            String name = file.getFileName().toString();
            if (!name.equals("WHY.json") && Files.isRegularFile(file)) {
                lines.add(check(file, name, why.path(name).asText()));
            }
        }
        return lines;
    }

    private static Line check(Path file, String name, String why) throws IOException {
        String line = "refuse " + name + (why.isEmpty() ? "" : " (" + why + ")");
        InteropFormat format = InteropFormat.of(name);
        if (format == null) {
            return new Line(line, false, "there is no reader for files of this name");
        }
        var marker = MARKER.matcher(why);
        Path trace = marker.find() ? Path.of(marker.group(1)) : null;
        if (trace != null && Files.exists(trace)) {
            return new Line(line, false, trace + " was there already; delete it and run again");
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        String reason;
        try {
            Object value = format.read(file);
            return new Line(line, false, "it was read as " + value);
        } catch (FormatException e) {
            reason = e.reason();
        } catch (IOException | RuntimeException e) {
            return new Line(line, false, "refused without a clear reason: " + e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        if (allocated > FREE_BYTES + BYTES_PER_BYTE * Files.size(file)) {
            return new Line(line, false, "refusing it allocated " + allocated + " bytes");
        }
        if (System.nanoTime() - start > NANOS) {
            return new Line(line, false, "refusing it took more than " + NANOS / 1_000_000_000 + " s");
        }
        if (trace != null && Files.exists(trace)) {
            return new Line(line, false, "reading it ran its code: " + trace + " has appeared");
        }
        return new Line(line, true, reason);
    }
}
