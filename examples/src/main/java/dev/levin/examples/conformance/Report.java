package dev.levin.examples.conformance;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All verdicts of a run, in order. */
public final class Report {
    private final List<Verdict> verdicts;

    Report(List<Verdict> verdicts) {
        this.verdicts = List.copyOf(verdicts);
    }

    public long passed() {
        return count(Verdict.Outcome.PASSED);
    }

    public long failed() {
        return count(Verdict.Outcome.FAILED);
    }

    /** Cases that name something the table of operations lacks. */
    public long notSupported() {
        return count(Verdict.Outcome.NOT_SUPPORTED);
    }

    private long count(Verdict.Outcome outcome) {
        return verdicts.stream().filter(v -> v.outcome() == outcome).count();
    }

    /** 1 if anything failed, else 0. */
    public int exitCode() {
        return failed() > 0 ? 1 : 0;
    }

    /** Failures with their first difference, one line each. */
    public List<String> failures() {
        return verdicts.stream().filter(v -> v.outcome() == Verdict.Outcome.FAILED).map(v -> v.id() + ": " + v.message()).toList();
    }

    List<Verdict> verdicts() {
        return verdicts;
    }

    /** A line for each failure, each tagged case and each unsupported name; a table by group; the sums. */
    public void print(PrintWriter out) {
        for (Verdict v : verdicts) {
            if (v.outcome() == Verdict.Outcome.FAILED) {
                out.println("FAILED  " + v.id() + ": " + v.message());
            }
        }
        verdicts.stream().filter(v -> v.outcome() == Verdict.Outcome.NOT_SUPPORTED).map(Verdict::message).distinct().sorted()
                .forEach(m -> out.println("not supported: " + m));
        for (Verdict v : verdicts) {
            if (!v.tags().isEmpty()) {
                out.println("tagged " + String.join(", ", v.tags()) + ": " + v.id() + " "
                        + v.outcome().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
                        + (v.message().isEmpty() || v.outcome() == Verdict.Outcome.FAILED ? "" : " (" + v.message() + ")"));
            }
        }
        Map<String, int[]> groups = new LinkedHashMap<>();
        for (Verdict v : verdicts) {
            groups.computeIfAbsent(v.group(), g -> new int[3])[v.outcome().ordinal()]++;
        }
        out.printf("%n%-16s %8s %8s %14s%n", "group", "passed", "failed", "not supported");
        groups.forEach((g, n) -> out.printf("%-16s %8d %8d %14d%n", g, n[0], n[1], n[2]));
        out.printf("%n%d passed, %d failed, %d not supported%n", passed(), failed(), notSupported());
        out.flush();
    }
}
