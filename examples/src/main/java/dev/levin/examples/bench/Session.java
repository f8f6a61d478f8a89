package dev.levin.examples.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures cells in rounds, Levin and the peers in turn, until every cell has its rounds or the time is spent. A peer that was clearly
 * behind another in its first round of a cell is not measured there again.
 */
final class Session {
    /** A peer slower than this part of the best one cannot become the best by chance. */
    private static final double BEHIND = 0.85;
    private static final int LIMIT_SECONDS = 240;
    /** Where other processes use more than this, a figure is not to be trusted. */
    static final double NOISE = 0.15;

    private final ObjectNode document;
    private final ArrayNode results;
    private final Path file;
    private final long end;
    private final long begin = System.nanoTime();
    /** How long the last measurement of the same kind took, by cell and peer. */
    private final Map<String, Double> seconds = new HashMap<>();

    Session(ObjectNode document, Path file, Duration budget) {
        this.document = document;
        this.results = document.withArray("results");
        this.file = file;
        this.end = begin + budget.toNanos();
    }

    /**
     * @param peers Levin first
     * @return false if the time did not suffice for all
     */
    boolean run(List<Cell> cells, List<Peer> peers, Rounds rounds) throws IOException, InterruptedException {
        for (Turn turn : turns(cells, rounds)) {
            Cell cell = turn.cell;
            List<Peer> those = peers.stream().filter(p -> p.measures().test(cell) && (turn.round == 0 || worthAnother(cell, p))).toList();
            if (System.nanoTime() + those.stream().mapToDouble(p -> seconds.getOrDefault(key(cell, p), 0.0)).sum() * 1e9 > end) {
                System.out.printf("the time is spent in round %d at %s%n", turn.round + 1, cell.id());
                return false;
            }
            for (Peer p : those) {
                measure(cell, p, turn.round);
            }
        }
        return true;
    }

    private record Turn(Cell cell, int round) {}

    /** First rounds of everything, then further ones; those of the Trainer, which take longest and differ most, at the end. */
    private static List<Turn> turns(List<Cell> cells, Rounds rounds) {
        List<Turn> turns = new ArrayList<>();
        cells.forEach(c -> turns.add(new Turn(c, 0)));
        for (boolean last : new boolean[] {false, true}) {
            for (int round = 1; round < rounds.most(); round++) {
                for (Cell c : cells) {
                    if (round < rounds.of(c.kind()) && last == (c.kind() == Cell.Kind.TRAINER)) {
                        turns.add(new Turn(c, round));
                    }
                }
            }
        }
        return turns;
    }

    /** How often a cell is measured. */
    record Rounds(int training, int others) {
        int of(Cell.Kind kind) {
            return kind == Cell.Kind.TRAIN ? training : others;
        }

        int most() {
            return Math.max(training, others);
        }
    }

    private static String key(Cell c, Peer p) {
        return c.id() + " " + p.name();
    }

    private void measure(Cell cell, Peer peer, int round) throws IOException, InterruptedException {
        ObjectNode r = Measurement.run(peer, cell, LIMIT_SECONDS);
        seconds.put(key(cell, peer), r.path("wall_s").asDouble(LIMIT_SECONDS));
        r.put("kind", cell.kind().name()).put("workload", cell.workload()).put("threads", cell.threads()).put("batch", cell.batch())
                .put("peer", peer.name()).put("round", round + 1);
        results.add(r);
        document.put("wall_s", (System.nanoTime() - begin) * 1e-9);
        Files.writeString(file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
        String figure = r.has("error") ? "no result: " + r.get("error").asText()
                : String.format(Locale.ROOT, "%.4g steps/s, %.0f MB%s", r.get("steps_per_s").asDouble(), r.path("peak_rss_mb").asDouble(),
                        r.path("other_cores").asDouble() > NOISE ? String.format(Locale.ROOT, "  (others used %.2f processors)", r.get("other_cores").asDouble()) : "");
        System.out.printf(Locale.ROOT, "%5.0f s  round %d  %-32s %-16s %s%n", (System.nanoTime() - begin) * 1e-9, round + 1, cell.id(), peer.name(), figure);
    }

    private boolean worthAnother(Cell cell, Peer peer) {
        if (peer.name().equals("levin")) {
            return true;
        }
        Row row = Row.of(results, cell);
        double mine = row.rate(peer.name());
        return mine > 0 && mine >= BEHIND * row.rate(row.best());
    }
}
