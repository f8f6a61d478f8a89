package dev.levin.examples.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    static Peer levin(List<String> java) {
        return new Peer("levin", _ -> true, c -> {
            List<String> command = new ArrayList<>(java);
            command.addAll(List.of("-Dlevin.threads=" + c.threads(), Bench.class.getName(), c.workload()));
            switch (c.kind()) {
                case TRAIN, LOADER -> { }
                case TRAINER -> command.add("trainer");
                case INFER -> {
                    Workload w = Workload.named(c.workload());
                    int times = c.batch() == w.batch() ? 3 : Math.max(1, 3 * w.batch() / (4 * c.batch()));
                    command.addAll(List.of("infer", Integer.toString(times * w.steps()), Integer.toString(2 * w.warmup()), Integer.toString(c.batch())));
                }
            }
            return command;
        }, Map.of());
    }
}
