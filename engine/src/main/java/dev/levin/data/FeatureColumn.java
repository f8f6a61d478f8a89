package dev.levin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One column's part of the feature vector: what it learned, and how it writes. */
sealed interface FeatureColumn {
    String column();

    void fit(CsvTable table);

    int width();

    /** Writes the column of row i to {@code out[i * stride + offset]} and after. */
    void write(CsvTable table, float[] out, int offset, int stride);

    List<String> names();

    /** What was learned: numbers, strings and lists. */
    Map<String, Object> state();

    void load(Map<String, Object> state);

    /** Categories and their numbers. */
    final class Categories {
        private final Map<String, Integer> numbers = new LinkedHashMap<>();
        private final boolean fixed;

        Categories(List<String> given) {
            given.forEach(this::add);
            fixed = !given.isEmpty();
        }

        private void add(String value) {
            numbers.putIfAbsent(value, numbers.size());
        }

        /** Missing cells are no category. */
        void fit(List<String> cells) {
            if (!fixed) {
                numbers.clear();
                cells.stream().filter(c -> !CsvTable.isMissing(c)).sorted().distinct().forEach(this::add);
            }
        }

        /** -1 for those that are not known. */
        int index(String cell) {
            return numbers.getOrDefault(cell, -1);
        }

        int size() {
            return numbers.size();
        }

        List<String> values() {
            return List.copyOf(numbers.keySet());
        }

        void load(Object saved) {
            numbers.clear();
            ((List<?>) saved).forEach(v -> add((String) v));
        }
    }

    /** How a number is scaled. */
    enum Scale { STANDARD, MIN_MAX, NONE }

    /** A number, scaled by what the training table taught; missing values become its mean. */
    final class Numeric implements FeatureColumn {
        private final String column;
        private final Scale scale;
        private double mean;
        private double shift;
        private double spread = 1;

        Numeric(String column, Scale scale) {
            this.column = column;
            this.scale = scale;
        }

        @Override
        public String column() {
            return column;
        }

        @Override
        public void fit(CsvTable table) {
            double[] v = Arrays.stream(table.numbers(column)).filter(x -> !Double.isNaN(x)).toArray();
            mean = Arrays.stream(v).average().orElse(0);
            double low = Arrays.stream(v).min().orElse(0);
            double range = Arrays.stream(v).max().orElse(0) - low;
            double std = Math.sqrt(Arrays.stream(v).map(x -> (x - mean) * (x - mean)).average().orElse(0));
            shift = scale == Scale.STANDARD ? mean : scale == Scale.MIN_MAX ? low : 0;
            spread = scale == Scale.STANDARD ? std : scale == Scale.MIN_MAX ? range : 1;
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            double[] v = table.numbers(column);
            for (int i = 0; i < v.length; i++) {
                out[i * stride + offset] = spread == 0 ? 0 : (float) (((Double.isNaN(v[i]) ? mean : v[i]) - shift) / spread);
            }
        }

        @Override
        public List<String> names() {
            return List.of(column);
        }

        @Override
        public Map<String, Object> state() {
            return Map.of("mean", mean, "shift", shift, "spread", spread);
        }

        @Override
        public void load(Map<String, Object> state) {
            mean = ((Number) state.get("mean")).doubleValue();
            shift = ((Number) state.get("shift")).doubleValue();
            spread = ((Number) state.get("spread")).doubleValue();
        }
    }

    /** 1 where there is no value. */
    record Missing(String column) implements FeatureColumn {
        @Override
        public void fit(CsvTable table) {
            table.column(column);
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            List<String> cells = table.column(column);
            for (int i = 0; i < cells.size(); i++) {
                out[i * stride + offset] = CsvTable.isMissing(cells.get(i)) ? 1 : 0;
            }
        }

        @Override
        public List<String> names() {
            return List.of(column + " is missing");
        }

        @Override
        public Map<String, Object> state() {
            return Map.of();
        }

        @Override
        public void load(Map<String, Object> state) {
        }
    }

    /** The interval a number falls into; all zeros for a missing one. */
    record Bucketized(String column, double[] boundaries) implements FeatureColumn {
        @Override
        public void fit(CsvTable table) {
            table.numbers(column);
        }

        @Override
        public int width() {
            return boundaries.length + 1;
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            double[] v = table.numbers(column);
            for (int i = 0; i < v.length; i++) {
                if (!Double.isNaN(v[i])) {
                    int bucket = 0;
                    while (bucket < boundaries.length && v[i] >= boundaries[bucket]) {
                        bucket++;
                    }
                    out[i * stride + offset + bucket] = 1;
                }
            }
        }

        @Override
        public List<String> names() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i <= boundaries.length; i++) {
                names.add(column + (i == 0 ? "<" + boundaries[0] : ">=" + boundaries[i - 1]));
            }
            return names;
        }

        @Override
        public Map<String, Object> state() {
            return Map.of();
        }

        @Override
        public void load(Map<String, Object> state) {
        }
    }

    /** One-hot; all zeros for what is missing or not known. */
    record OneHot(String column, Categories categories) implements FeatureColumn {
        @Override
        public void fit(CsvTable table) {
            categories.fit(table.column(column));
        }

        @Override
        public int width() {
            return categories.size();
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            List<String> cells = table.column(column);
            for (int i = 0; i < cells.size(); i++) {
                int k = categories.index(cells.get(i));
                if (k >= 0) {
                    out[i * stride + offset + k] = 1;
                }
            }
        }

        @Override
        public List<String> names() {
            return categories.values().stream().map(v -> column + "=" + v).toList();
        }

        @Override
        public Map<String, Object> state() {
            return Map.of("values", categories.values());
        }

        @Override
        public void load(Map<String, Object> state) {
            categories.load(state.get("values"));
        }
    }

    /** One-hot of a hash, for categories without end. */
    record Hashed(String column, int buckets) implements FeatureColumn {
        @Override
        public void fit(CsvTable table) {
            table.column(column);
        }

        @Override
        public int width() {
            return buckets;
        }

        /** FNV-1a over UTF-8: the same on every machine. */
        static int bucket(String cell, int buckets) {
            int h = 0x811c9dc5;
            for (byte b : cell.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
                h = (h ^ b & 0xff) * 0x01000193;
            }
            return Integer.remainderUnsigned(h, buckets);
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            List<String> cells = table.column(column);
            for (int i = 0; i < cells.size(); i++) {
                if (!CsvTable.isMissing(cells.get(i))) {
                    out[i * stride + offset + bucket(cells.get(i), buckets)] = 1;
                }
            }
        }

        @Override
        public List<String> names() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < buckets; i++) {
                names.add(column + "#" + HexFormat.of().toHexDigits((char) i));
            }
            return names;
        }

        @Override
        public Map<String, Object> state() {
            return Map.of();
        }

        @Override
        public void load(Map<String, Object> state) {
        }
    }
}
