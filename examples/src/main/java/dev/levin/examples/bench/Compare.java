package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs Levin and a peer in turn, one process per measurement, and prints the ratio of their medians.
 *
 * <p>{@code Compare ROUNDS THREADS WORKLOAD,... [NAME=COMMAND ...]}: a peer's command prints one JSON line with
 * {@code steps_per_s}; {@code {workload}} and {@code {threads}} in it are replaced. Losses are printed as they are.
 */
final class Compare {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Compare() {
    }

    static void main(String[] args) throws IOException, InterruptedException {
        if (args.length < 3) {
            System.out.println("usage: Compare ROUNDS THREADS WORKLOAD,... [NAME='COMMAND with {workload} and {threads}' ...]");
            return;
        }
        int rounds = Integer.parseInt(args[0]);
        int threads = Integer.parseInt(args[1]);
        Map<String, String> peers = new LinkedHashMap<>();
        for (String a : Arrays.copyOfRange(args, 3, args.length)) {
            int eq = a.indexOf('=');
            peers.put(a.substring(0, eq), a.substring(eq + 1));
        }
        System.out.printf("%-18s %2s threads, %d rounds%n", "workload", threads, rounds);
        for (String workload : args[2].split(",")) {
            Map<String, List<JsonNode>> results = new LinkedHashMap<>();
            for (int r = 0; r < rounds; r++) {
                results.computeIfAbsent("levin", k -> new ArrayList<>()).add(run(levin(workload, threads)));
                for (Map.Entry<String, String> p : peers.entrySet()) {
                    List<String> command = Arrays.stream(p.getValue().split(" "))
                            .map(w -> w.replace("{workload}", workload).replace("{threads}", Integer.toString(threads))).toList();
                    results.computeIfAbsent(p.getKey(), k -> new ArrayList<>()).add(run(command));
                }
            }
            print(workload, results);
        }
    }

    private static List<String> levin(String workload, int threads) {
        List<String> c = new ArrayList<>();
        c.add(ProcessHandle.current().info().command().orElse("java"));
        c.addAll(List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmn48m",
                "-Dorg.bytedeco.javacpp.maxBytes=0", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dlevin.threads=" + threads, "-cp",
                System.getProperty("java.class.path"), Bench.class.getName(), workload));
        return c;
    }

    /** The last JSON line a process prints; null if it prints none. */
    private static JsonNode run(List<String> command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        JsonNode last = null;
        try (BufferedReader in = p.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = in.readLine()) != null) {
                int brace = line.indexOf('{');
                if (brace >= 0 && line.contains("steps_per_s")) {
                    last = JSON.readTree(line.substring(brace));
                }
            }
        }
        p.waitFor();
        return last;
    }

    private static double[] sorted(List<JsonNode> runs, String field) {
        return runs.stream().filter(n -> n != null && n.has(field)).mapToDouble(n -> n.get(field).asDouble()).sorted().toArray();
    }

    private static void print(String workload, Map<String, List<JsonNode>> results) {
        double[] mine = sorted(results.get("levin"), "steps_per_s");
        if (mine.length == 0) {
            System.out.println(workload + ": levin printed no result");
            return;
        }
        results.forEach((name, runs) -> {
            double[] v = sorted(runs, "steps_per_s");
            if (v.length == 0) {
                System.out.printf("%-18s %-12s no result%n", workload, name);
                return;
            }
            double[] rss = sorted(runs, "peak_rss_mb");
            double[] first = sorted(runs, "ttfs_process_s");
            System.out.printf(Locale.ROOT, "%-18s %-12s %10.2f steps/s (%.2f to %.2f)  %s  peak %s MB, first step after %s s%n", workload, name,
                    v[v.length / 2], v[0], v[v.length - 1],
                    name.equals("levin") ? "       " : String.format(Locale.ROOT, "x%.2f", mine[mine.length / 2] / v[v.length / 2]),
                    rss.length == 0 ? "?" : Long.toString((long) rss[rss.length / 2]),
                    first.length == 0 ? "?" : String.format(Locale.ROOT, "%.2f", first[first.length / 2]));
        });
    }
}
