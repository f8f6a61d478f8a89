package dev.levin.examples.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Something to compare with.
 *
 * @param measures which cells it can measure
 * @param command what prints one line of JSON with {@code steps_per_s} for a cell
 * @param environment added to the process's
 */
record Peer(String name, Predicate<Cell> measures, Function<Cell, List<String>> command, Map<String, String> environment) {
    /** One's own for training: {@code {workload}} and {@code {threads}} in the command are replaced. */
    static Peer of(String name, String template) {
        return new Peer(name, c -> c.kind() == Cell.Kind.TRAIN, c -> Arrays.stream(template.split(" "))
                .map(w -> w.replace("{workload}", c.workload()).replace("{threads}", Integer.toString(c.threads()))).toList(), Map.of());
    }

    /** Levin itself. */
    static Peer levin(List<String> java, Effort effort) {
        return new Peer("levin", _ -> true, c -> {
            List<String> command = new ArrayList<>(java);
            command.addAll(List.of("-Dlevin.threads=" + c.threads(), Bench.class.getName(), c.workload()));
            command.addAll(List.of(c.kind().name().toLowerCase(Locale.ROOT), Integer.toString(effort.steps(c)), Integer.toString(effort.warmup(c)),
                    Integer.toString(c.batch())));
            return command;
        }, Map.of());
    }
}
