package dev.levin.callbacks;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The k best files by score, in the order they were written. */
final class BestFiles {
    private final Mode mode;
    private final int k;
    private final Map<Path, Double> scores = new LinkedHashMap<>();

    /** @param k -1 for no limit */
    BestFiles(Mode mode, int k) {
        this.mode = mode;
        this.k = k;
    }

    boolean isFull() {
        return k > 0 && scores.size() >= k;
    }

    /** Whether a score belongs among the best. */
    boolean accepts(double score) {
        return !isFull() || mode.isBetter(score, scores.get(worst()));
    }

    /** The file that has to go for one more; null if there is room. */
    Path pushedOut() {
        return isFull() ? worst() : null;
    }

    void replace(Path old, Path file, double score) {
        if (old != null) {
            scores.remove(old);
        }
        scores.remove(file);
        scores.put(file, score);
    }

    /** The first of the worst; null when empty. */
    Path worst() {
        return pick(false);
    }

    /** The first of the best; null when empty. */
    Path best() {
        return pick(true);
    }

    private Path pick(boolean best) {
        Map.Entry<Path, Double> found = null;
        for (Map.Entry<Path, Double> e : scores.entrySet()) {
            if (found == null || (best ? mode.isBetter(e.getValue(), found.getValue()) : mode.isBetter(found.getValue(), e.getValue()))) {
                found = e;
            }
        }
        return found == null ? null : found.getKey();
    }

    Double score(Path file) {
        return scores.get(file);
    }

    Map<Path, Double> all() {
        return Collections.unmodifiableMap(scores);
    }

    void load(Map<Path, Double> saved) {
        scores.clear();
        scores.putAll(saved);
    }
}
