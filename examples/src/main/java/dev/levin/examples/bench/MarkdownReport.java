package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.examples.bench.Cell.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A session as tables, one for each kind and number of threads. */
final class MarkdownReport {
    private final JsonNode document;
    private final StringBuilder out = new StringBuilder();

    private MarkdownReport(JsonNode document) {
        this.document = document;
    }

    static String of(JsonNode document) {
        MarkdownReport r = new MarkdownReport(document);
        r.write();
        return r.out.toString();
    }

    private void write() {
        out.append(document.path("date").asText()).append(", ").append(document.path("machine").asText()).append("; ").append(versions())
                .append(String.format(Locale.ROOT, "; %.0f minutes in all.", document.path("wall_s").asDouble() / 60));
        document.path("peak_gflops").properties().forEach(p -> out.append(String.format(Locale.ROOT, " Multiply-adds in registers, %s thread%s: %.0f GFLOP/s.",
                p.getKey(), p.getKey().equals("1") ? "" : "s", p.getValue().asDouble())));
        out.append("""


                Medians of the rounds; in brackets the slowest and the fastest round. The ratio is to the fastest peer of the row; in brackets the least and the
                largest of single rounds. MB and first step: Levin / the least of the peers not on the JVM. Share: products and convolutions per second by the peak above.
                Host: processor time of the thread that describes a step, and its share of the step. A peer clearly behind in its first round was measured once.
                """);
        Set<Cell> cells = StreamSupport.stream(document.path("results").spliterator(), false).map(Row::cell).collect(Collectors.toCollection(LinkedHashSet::new));
        for (Kind kind : Kind.values()) {
            Set<Integer> threads = cells.stream().filter(c -> c.kind() == kind).map(Cell::threads).collect(Collectors.toCollection(TreeSet::new));
            for (int t : threads) {
                table(kind, t, cells.stream().filter(c -> c.kind() == kind && c.threads() == t).map(c -> Row.of(document.path("results"), c)).toList());
            }
        }
        missing();
    }

    private String versions() {
        Set<String> all = new TreeSet<>();
        for (JsonNode r : document.path("results")) {
            r.path("versions").properties().forEach(v -> all.add(v.getKey() + " " + v.getValue().asText()));
        }
        return "Java " + document.path("java").asText() + (all.isEmpty() ? "" : ", " + String.join(", ", all));
    }

    private void table(Kind kind, int threads, List<Row> rows) {
        Set<String> peers = rows.stream().map(r -> r.runs().keySet()).flatMap(Collection::stream).filter(p -> !p.equals("levin"))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        String unit = kind == Kind.LOADER ? "samples/s" : "steps/s";
        List<String> head = new ArrayList<>(List.of("workload", "Levin " + unit, "ratio"));
        if (kind == Kind.TRAINER) {
            head.add("ratio of the plain loop");
        }
        head.addAll(peers);
        boolean steps = kind != Kind.LOADER;
        if (steps) {
            head.addAll(List.of("share", "host µs"));
        }
        head.add("MB");
        if (steps) {
            head.add("first step s");
        }
        out.append("\n### ").append(kind.title()).append(", ").append(threads).append(threads == 1 ? " thread" : " threads").append("\n\n");
        line(head);
        line(head.stream().map(_ -> "---").toList());
        for (Row r : rows) {
            List<String> cells = new ArrayList<>();
            cells.add("`" + r.cell().workload() + "`" + (kind == Kind.INFER ? ", batch " + r.cell().batch() : "") + (r.others() > Session.NOISE ? " !" : ""));
            cells.add(rate(r, "levin", kind) + range(r.sorted("levin", field(kind))));
            cells.add(ratio(r));
            if (kind == Kind.TRAINER) {
                cells.add(ratio(Row.of(document.path("results"), new Cell(Kind.TRAIN, r.cell().workload(), threads, r.cell().batch()))));
            }
            peers.forEach(p -> cells.add(rate(r, p, kind)));
            if (steps) {
                cells.add(share(r));
                cells.add(host(r));
            }
            cells.add(pair(r.median("levin", "peak_rss_mb"), r.least("peak_rss_mb"), "%.0f"));
            if (steps) {
                cells.add(pair(r.median("levin", "ttfs_process_s"), r.least("ttfs_process_s"), "%.2f"));
            }
            line(cells);
        }
        if (rows.stream().anyMatch(r -> r.others() > Session.NOISE)) {
            out.append("\n! Other processes used more than ").append(Session.NOISE).append(" of a processor while this row was measured.\n");
        }
    }

    private static String field(Kind kind) {
        return kind == Kind.LOADER ? "samples_per_s" : "steps_per_s";
    }

    private static String rate(Row r, String who, Kind kind) {
        OptionalDouble v = r.median(who, field(kind));
        return v.isEmpty() ? "" : number(v.getAsDouble());
    }

    private static String range(double[] v) {
        return v.length < 2 ? "" : " (" + number(v[0]) + " - " + number(v[v.length - 1]) + ")";
    }

    private static String ratio(Row r) {
        double[] each = r.ratios(r.best());
        double best = r.rate(r.best());
        if (best == 0 || r.rate("levin") == 0) {
            return "";
        }
        String spread = each.length < 2 ? "" : String.format(Locale.ROOT, " (%.2f - %.2f)", each[0], each[each.length - 1]);
        return String.format(Locale.ROOT, "%.2f", r.rate("levin") / best) + spread;
    }

    private String share(Row r) {
        double peak = document.path("peak_gflops").path(Integer.toString(r.cell().threads())).asDouble();
        double done = r.cell().gflop() * r.rate("levin");
        return peak == 0 || done == 0 ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * done / peak);
    }

    private static String host(Row r) {
        OptionalDouble host = r.median("levin", "host_us_per_step");
        return host.isEmpty() ? "" : String.format(Locale.ROOT, "%.0f (%.1f %%)", host.getAsDouble(), host.getAsDouble() * r.rate("levin") * 1e-4);
    }

    private static String pair(OptionalDouble a, OptionalDouble b, String format) {
        return one(a, format) + " / " + one(b, format);
    }

    private static String one(OptionalDouble v, String format) {
        return v.isEmpty() ? "" : String.format(Locale.ROOT, format, v.getAsDouble());
    }

    private static String number(double v) {
        return v >= 1000 ? String.format(Locale.ROOT, "%,.0f", v) : v >= 100 ? String.format(Locale.ROOT, "%.0f", v) : String.format(Locale.ROOT, "%.3g", v);
    }

    private void line(List<String> cells) {
        out.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    private void missing() {
        Set<String> failed = new LinkedHashSet<>();
        document.path("absent").forEach(a -> failed.add(a.asText()));
        for (JsonNode r : document.path("results")) {
            if (r.has("error")) {
                failed.add(r.get("peer").asText() + ", " + Row.cell(r).id() + ": " + r.get("error").asText());
            }
        }
        if (!failed.isEmpty()) {
            out.append("\nNot measured:\n");
            failed.forEach(f -> out.append("- ").append(f).append('\n'));
        }
    }
}
