package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** All measurements of one cell, by who was measured. */
record Row(Cell cell, Map<String, List<JsonNode>> runs) {
    static Row of(Iterable<JsonNode> results, Cell cell) {
        Map<String, List<JsonNode>> runs = new LinkedHashMap<>();
        for (JsonNode r : results) {
            if (cell.equals(cell(r)) && !r.has("error")) {
                runs.computeIfAbsent(r.get("peer").asText(), _ -> new ArrayList<>()).add(r);
            }
        }
        return new Row(cell, runs);
    }

    static Cell cell(JsonNode r) {
        return new Cell(Cell.Kind.valueOf(r.get("kind").asText()), r.get("workload").asText(), r.get("threads").asInt(), r.get("batch").asInt());
    }

    /** What was measured of {@code who}, sorted. */
    double[] sorted(String who, String field) {
        return runs.getOrDefault(who, List.of()).stream().filter(r -> r.has(field)).mapToDouble(r -> r.get(field).asDouble()).sorted().toArray();
    }

    OptionalDouble median(String who, String field) {
        double[] v = sorted(who, field);
        int n = v.length;
        return n == 0 ? OptionalDouble.empty() : OptionalDouble.of(n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2);
    }

    /** Median of the rounds' steps a second; 0 without a result. */
    double rate(String who) {
        return median(who, "steps_per_s").orElse(0);
    }

    /** The fastest peer; empty if there is none. */
    String best() {
        return runs.keySet().stream().filter(p -> !p.equals("levin")).max((a, b) -> Double.compare(rate(a), rate(b))).orElse("");
    }

    /** Levin's rate by {@code peer}'s, round by round, sorted. */
    double[] ratios(String peer) {
        List<JsonNode> levin = runs.getOrDefault("levin", List.of());
        return runs.getOrDefault(peer, List.of()).stream().flatMapToDouble(p -> levin.stream().filter(l -> l.get("round").equals(p.get("round")))
                .mapToDouble(l -> l.get("steps_per_s").asDouble() / p.get("steps_per_s").asDouble())).sorted().toArray();
    }

    /** The least median of {@code field} among the peers that are not on the JVM, too. */
    OptionalDouble least(String field) {
        return runs.keySet().stream().filter(p -> !p.equals("levin") && !JvmPeers.knows(p)).map(p -> median(p, field)).filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble).min();
    }

    /** How many processors others used while this was measured, the median over everything in this row. */
    double others() {
        double[] v = runs.values().stream().flatMap(List::stream).mapToDouble(r -> r.path("other_cores").asDouble()).toArray();
        Arrays.sort(v);
        return v.length == 0 ? 0 : v[v.length / 2];
    }
}
