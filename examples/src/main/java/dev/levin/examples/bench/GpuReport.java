package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Puts what the parts of a GPU check said into one file and one table. */
final class GpuReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GpuReport() {
    }

    /**
     * @param folder with the output of each part ({@code *.out}), {@code machine.json}, {@code steps.json} and, if PyTorch ran
     *     too, {@code peers.json}
     * @param target the JSON file to write
     */
    static void write(Path folder, Path target) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        all.set("machine", read(folder.resolve("machine.json")));
        all.set("checks", read(folder.resolve("steps.json")));
        ArrayNode rows = all.putArray("rows");
        try (var files = Files.list(folder)) {
            for (Path p : files.filter(f -> f.toString().endsWith(".out")).sorted().toList()) {
                for (String line : Files.readAllLines(p)) {
                    if (line.startsWith("{\"part\":")) {
                        rows.add(JSON.readTree(line));
                    }
                }
            }
        }
        Path peers = folder.resolve("peers.json");
        if (Files.exists(peers)) {
            all.set("peers", read(peers));
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(target.toFile(), all);
        print(rows, all.path("peers").path("results"));
    }

    private static JsonNode read(Path p) throws IOException {
        return Files.exists(p) ? JSON.readTree(p.toFile()) : JSON.createObjectNode();
    }

    private static void print(ArrayNode rows, JsonNode peers) {
        Map<String, Map<String, Double>> of = new TreeMap<>();
        for (JsonNode p : peers) {
            if (p.has("steps_per_s")) {
                of.computeIfAbsent(p.get("workload").textValue() + " " + p.get("precision").textValue(), k -> new TreeMap<>())
                        .put(p.get("engine").textValue(), p.get("steps_per_s").doubleValue());
            }
        }
        List<String> models = new ArrayList<>();
        for (JsonNode r : rows) {
            switch (r.get("part").textValue()) {
                case "figure" -> System.out.printf(Locale.ROOT, "%-32s %12.2f%s%n", r.get("name").textValue(), r.get("value").doubleValue(),
                        r.has("of_copy") ? String.format(Locale.ROOT, "   %3.0f %% of a copy", 100 * r.get("of_copy").doubleValue()) : "");
                case "curves" -> System.out.printf(Locale.ROOT, "%-32s %12.2e   CPU and GPU losses, worst relative difference of %d steps%n",
                        "curve " + r.get("workload").textValue(), r.get("worst_relative").doubleValue(), r.get("steps").intValue());
                case "fuzz" -> System.out.printf("%-32s %12d   programs, %d failures%n", "fuzz", r.get("programs").longValue(), r.get("failures").intValue());
                case "memory" -> System.out.printf("%-32s %12d   bytes more after %d steps%n", "memory", r.get("grown").longValue(), r.get("steps").intValue());
                default -> models.add(model(r, of.getOrDefault(r.get("workload").textValue() + " " + r.get("precision").textValue(), Map.of())));
            }
        }
        if (!models.isEmpty()) {
            System.out.printf("%n%-16s %-5s %12s %10s %9s   %s%n", "model", "", "steps/s", "first s", "MiB", "PyTorch steps/s (Levin is so many times faster)");
            models.forEach(System.out::println);
        }
    }

    private static String model(JsonNode r, Map<String, Double> peers) {
        String name = String.format("%-16s %-5s ", r.get("workload").textValue(), r.get("precision").textValue());
        if (r.has("error")) {
            return name + r.get("error").textValue();
        }
        double mine = r.get("steps_per_s").doubleValue();
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%s%12.2f %10.2f %9d  ", name, mine, r.get("first_step_s").doubleValue(),
                r.path("device_mb").longValue()));
        peers.forEach((engine, v) -> s.append(String.format(Locale.ROOT, " %s %.2f (%.2fx)", engine, v, mine / v)));
        return s.toString();
    }
}
