package dev.levin.examples.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** One measurement as a line of JSON on standard output. */
public final class ResultLine {
    private ResultLine() {
    }

    /** Prints {@code values} (numbers, strings, flat maps) and this process's peak memory, {@code peak_rss_mb}. */
    public static void print(Map<String, Object> values) throws IOException {
        values.put("peak_rss_mb", peakMegabytes());
        System.out.println(json(values));
    }

    private static String json(Object value) {
        return switch (value) {
            case Map<?, ?> m -> m.entrySet().stream().map(e -> quoted(e.getKey().toString()) + ": " + json(e.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            case Double d when !Double.isFinite(d) -> "null";
            case Number n -> n.toString();
            default -> quoted(value.toString());
        };
    }

    private static String quoted(String s) {
        return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The most memory this process has had resident, in MB; -1 where the system does not say. */
    private static long peakMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream().filter(l -> l.startsWith("VmHWM")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst()
                .orElse(-1) / 1024;
    }
}
