package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.levin.io.ArrayData;
import dev.levin.io.Checksum;
import dev.levin.io.Npy;
import dev.levin.io.Npz;
import dev.levin.io.Safetensors;
import dev.levin.io.SafetensorsShards;
import dev.levin.io.SafetensorsWriter;
import dev.levin.io.Torch;
import dev.levin.type.DType;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads every array file of a folder, compares it with the JSON beside it and with other formats of the same name,
 * writes it in every format and reads it back, and makes sure that each file under {@code must_fail} is refused.
 */
public final class InteropConformance {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path dir;
    private final List<Line> lines = new ArrayList<>();

    private InteropConformance(Path dir) {
        this.dir = dir;
    }

    /**
     * One check.
     *
     * @param message the first difference, or for a refused file its reason
     */
    public record Line(String name, boolean passed, String message) {
        @Override
        public String toString() {
            return (passed ? "passed  " : "FAILED  ") + name + (message.isEmpty() ? "" : ": " + message);
        }
    }

    /** All checks, in the order they were made. */
    public record Report(List<Line> lines) {
        public long passed() {
            return lines.stream().filter(Line::passed).count();
        }

        public long failed() {
            return lines.size() - passed();
        }

        /** Every line, then the sums. */
        public void print(PrintStream out) {
            lines.forEach(out::println);
            out.println(passed() + " passed, " + failed() + " failed");
        }
    }

    /** @throws NotDirectoryException if there is no such folder */
    public static Report run(Path dir) throws IOException {
        if (!Files.isDirectory(dir)) {
            throw new NotDirectoryException(dir + " (give a folder of interop files)");
        }
        var run = new InteropConformance(dir);
        for (Path file : sorted(dir)) {
            if (Files.isRegularFile(file)) {
                run.file(file);
            }
        }
        Path mustFail = dir.resolve("must_fail");
        if (Files.isDirectory(mustFail)) {
            run.lines.addAll(InteropRefusals.check(mustFail));
        }
        return new Report(List.copyOf(run.lines));
    }

    static List<Path> sorted(Path dir) throws IOException {
        try (var files = Files.list(dir)) {
            return files.sorted().toList();
        }
    }

    /** What is checked: returns null, or the first difference. */
    @FunctionalInterface
    private interface Check {
        String difference() throws IOException;
    }

    private void check(String name, Check check) {
        String difference;
        try {
            difference = check.difference();
        } catch (IOException | RuntimeException e) {
            difference = e.toString();
        }
        lines.add(new Line(name, difference == null, difference == null ? "" : difference));
    }

    private void file(Path file) throws IOException {
        String name = file.getFileName().toString();
        InteropFormat format = InteropFormat.of(name);
        if (format == null) {
            return;
        }
        Object value;
        try {
            value = format.read(file);
        } catch (IOException | RuntimeException e) {
            lines.add(new Line("read " + name, false, e.toString()));
            return;
        }
        lines.add(new Line("read " + name, true, ""));
        JsonNode want = expectation(file, format);
        if (want != null) {
            check("compare " + name + " with JSON", () -> switch (format) {
                case NPY -> InteropExpectation.matchesAny(want, value);
                case NPZ -> InteropExpectation.ofPresent(want, (Map<?, ?>) value);
                case ONNX -> InteropExpectation.unrenamed(want, (Map<?, ?>) value);
                case SAFETENSORS, TORCH -> InteropExpectation.difference(want, value);
            });
        }
        if (format == InteropFormat.TORCH) {
            Path other = dir.resolve(format.stem(name) + ".safetensors");
            if (Files.exists(other)) {
                check("compare " + name + " with " + other.getFileName(), () -> InteropExpectation.sameValues(
                        Safetensors.read(other), Torch.arrays(file), ""));
            }
            check("round trip " + name + " as a whole", () -> wholeRoundTrip(value));
        }
        Map<String, ArrayData> arrays = arrays(format, value);
        if (InteropModels.describes(want) && format.holdsStateDicts()) {
            check("run " + want.get("model").asText() + " with the weights of " + name,
                    () -> InteropModels.difference(want, arrays));
        }
        roundTrips(name, arrays);
    }

    /** The JSON of the same name; NumPy's files have one together. */
    private JsonNode expectation(Path file, InteropFormat format) throws IOException {
        Path own = dir.resolve(format.stem(file.getFileName().toString()) + ".json");
        Path common = dir.resolve("npy.json");
        boolean numpy = format == InteropFormat.NPY || format == InteropFormat.NPZ;
        Path found = Files.exists(own) ? own : numpy && Files.exists(common) ? common : null;
        return found == null ? null : JSON.readTree(found.toFile());
    }

    /** The arrays of a file by name; of PyTorch's files, which may hold anything, those of the state dict. */
    private static Map<String, ArrayData> arrays(InteropFormat format, Object value) {
        if (format == InteropFormat.NPY) {
            return Map.of("array", (ArrayData) value);
        }
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            Map<?, ?> dict = format == InteropFormat.TORCH && map.get("state_dict") instanceof Map<?, ?> nested ? nested : map;
            dict.forEach((name, v) -> {
                if (name instanceof String s && v instanceof ArrayData a) {
                    arrays.put(s, a);
                }
            });
        }
        return arrays;
    }

    private void roundTrips(String name, Map<String, ArrayData> arrays) {
        check("round trip " + name + " by safetensors", () -> throughFile(arrays, ".safetensors", file -> {
            var writer = new SafetensorsWriter().metadata("from", name).checksum(Checksum.SHA256);
            arrays.forEach(writer::tensor);
            writer.write(file);
            return Safetensors.read(file);
        }));
        check("round trip " + name + " by sharded safetensors", () -> throughFile(arrays, ".safetensors.index.json", file -> {
            SafetensorsShards.write(arrays, Map.of(), 64, file);
            return Safetensors.read(file);
        }));
        check("round trip " + name + " by PyTorch", () -> throughFile(arrays, ".pt", file -> {
            Torch.write(arrays, file);
            return Torch.arrays(file);
        }));
        Map<String, ArrayData> numpy = new LinkedHashMap<>(arrays);
        numpy.values().removeIf(a -> a.dtype() == DType.BF16);
        check("round trip " + name + " by npz", () -> throughFile(numpy, ".npz", file -> {
            Npz.write(numpy, file);
            return Npz.read(file);
        }));
        check("round trip " + name + " by deflated npz", () -> throughFile(numpy, ".npz", file -> {
            Npz.writeCompressed(numpy, file);
            return Npz.read(file);
        }));
        check("round trip " + name + " by npy", () -> throughFile(numpy, ".npy", file -> {
            Map<String, ArrayData> back = new LinkedHashMap<>();
            for (var e : numpy.entrySet()) {
                Npy.write(e.getValue(), file);
                back.put(e.getKey(), Npy.read(file));
            }
            return back;
        }));
    }

    @FunctionalInterface
    private interface Trip {
        Object go(Path file) throws IOException;
    }

    private static String throughFile(Object value, String suffix, Trip trip) throws IOException {
        Path folder = Files.createTempDirectory("levin-interop");
        try {
            return InteropExpectation.sameValues(value, trip.go(folder.resolve("trip" + suffix)), "");
        } finally {
            for (Path file : sorted(folder)) {
                Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    private static String wholeRoundTrip(Object value) throws IOException {
        return throughFile(value, ".pt", file -> {
            Torch.write(value, file);
            return Torch.load(file);
        });
    }
}
