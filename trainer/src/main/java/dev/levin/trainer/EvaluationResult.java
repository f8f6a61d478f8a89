package dev.levin.trainer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a validation or test found.
 *
 * @param perLoader epoch values by metric, one map per loader
 */
public record EvaluationResult(Status status, List<String> loaders, List<Map<String, Double>> perLoader) {
    public EvaluationResult {
        loaders = List.copyOf(loaders);
        perLoader = List.copyOf(perLoader);
    }

    /** The values of the first loader; empty if nothing ran. */
    public Map<String, Double> metrics() {
        return perLoader.isEmpty() ? Map.of() : perLoader.getFirst();
    }

    /**
     * One metric of the first loader.
     *
     * @throws IllegalArgumentException naming the metrics there are
     */
    public double metric(String name) {
        Double v = metrics().get(name);
        if (v == null) {
            throw new IllegalArgumentException("there is no metric '" + name + "'; there are " + metrics().keySet());
        }
        return v;
    }

    /** A table with one row a metric and one column a loader. */
    public String table(String title) {
        Set<String> names = new LinkedHashSet<>();
        perLoader.forEach(m -> names.addAll(m.keySet()));
        List<String[]> rows = new ArrayList<>();
        String[] head = new String[perLoader.size() + 1];
        head[0] = title;
        for (int i = 0; i < perLoader.size(); i++) {
            head[i + 1] = loaders.size() > i && !loaders.get(i).isEmpty() ? loaders.get(i) : "value";
        }
        rows.add(head);
        for (String n : names) {
            String[] row = new String[head.length];
            row[0] = n;
            for (int i = 0; i < perLoader.size(); i++) {
                Double v = perLoader.get(i).get(n);
                row[i + 1] = v == null ? "" : String.format(java.util.Locale.ROOT, "%.6g", v);
            }
            rows.add(row);
        }
        return format(rows);
    }

    private static String format(List<String[]> rows) {
        int columns = rows.getFirst().length;
        int[] width = new int[columns];
        for (String[] r : rows) {
            for (int i = 0; i < columns; i++) {
                width[i] = Math.max(width[i], r[i].length());
            }
        }
        StringBuilder s = new StringBuilder();
        for (int k = 0; k < rows.size(); k++) {
            for (int i = 0; i < columns; i++) {
                String cell = rows.get(k)[i];
                String pad = " ".repeat(width[i] - cell.length());
                s.append(i == 0 ? cell + pad : "  " + pad + cell);
            }
            s.append('\n');
            if (k == 0) {
                s.append("-".repeat(java.util.Arrays.stream(width).sum() + 2 * (columns - 1))).append('\n');
            }
        }
        return s.toString();
    }
}
