package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the columns of a table into numbers: what is learned from the training table (means, vocabularies) is applied
 * unchanged to others.
 *
 * {@snippet :
 * var features = new FeatureColumns().numeric("weight").bucketized("model_year", 73, 76, 79).oneHot("origin").fit(train);
 * Tensor x = features.transform(test);      // F32 [rows, width]
 * }
 */
public final class FeatureColumns {
    /** One column's part of the feature vector. */
    private interface Feature {
        void fit(CsvTable table);

        int width();

        void write(CsvTable table, float[] out, int offset, int stride);

        List<String> names();
    }

    private final List<Feature> features = new ArrayList<>();
    private final Map<String, Vocabulary> categories = new LinkedHashMap<>();
    private boolean fitted;

    /** A number, standardised by the mean and standard deviation of the training table; missing values become the mean. */
    public FeatureColumns numeric(String column) {
        features.add(new Numeric(column));
        return this;
    }

    /** A number as one-hot of the interval it falls into; {@code boundaries} ascend and belong to the upper interval. */
    public FeatureColumns bucketized(String column, double... boundaries) {
        for (int i = 1; i < boundaries.length; i++) {
            if (boundaries[i] <= boundaries[i - 1]) {
                throw new IllegalArgumentException("bucket boundaries must ascend: " + Arrays.toString(boundaries));
            }
        }
        features.add(new Bucketized(column, boundaries.clone()));
        return this;
    }

    /** A category as one-hot of the values of the training table; unseen values are all zeros. */
    public FeatureColumns oneHot(String column) {
        features.add(new OneHot(column, new Vocabulary()));
        return this;
    }

    /**
     * A category for an embedding layer: not part of {@link #transform}, read it with {@link #indices}. Index 0 stands for
     * values that the training table does not have.
     */
    public FeatureColumns embedding(String column) {
        categories.put(column, new Vocabulary());
        return this;
    }

    /** Learns means, deviations and vocabularies. */
    public FeatureColumns fit(CsvTable table) {
        features.forEach(f -> f.fit(table));
        categories.forEach((column, vocabulary) -> vocabulary.fit(table.column(column)));
        fitted = true;
        return this;
    }

    /** Number of features. */
    public int width() {
        return features.stream().mapToInt(Feature::width).sum();
    }

    /** What each feature is, such as {@code origin=2}. */
    public List<String> names() {
        return features.stream().flatMap(f -> f.names().stream()).toList();
    }

    /** F32 [rows, width]. */
    public Tensor transform(CsvTable table) {
        checkFitted();
        int width = width();
        float[] out = new float[table.size() * width];
        int offset = 0;
        for (Feature f : features) {
            f.write(table, out, offset, width);
            offset += f.width();
        }
        return Tensor.of(HostArray.wrap(DType.F32, out), Shape.of(table.size(), width));
    }

    /** Category numbers for an embedding: I64 [rows]. */
    public Tensor indices(String column, CsvTable table) {
        checkFitted();
        Vocabulary v = vocabulary(column);
        return Tensor.of(table.column(column).stream().mapToLong(c -> v.index(c) + 1).toArray());
    }

    /** Number of embeddings a column needs: its values and one for unseen ones. */
    public int embeddings(String column) {
        checkFitted();
        return vocabulary(column).size() + 1;
    }

    private Vocabulary vocabulary(String column) {
        Vocabulary v = categories.get(column);
        if (v == null) {
            throw new IllegalArgumentException("no embedding column '" + column + "'; there are " + categories.keySet());
        }
        return v;
    }

    private void checkFitted() {
        if (!fitted) {
            throw new IllegalStateException("call fit(trainingTable) before transforming");
        }
    }

    private static final class Vocabulary {
        private final Map<String, Integer> numbers = new LinkedHashMap<>();

        void fit(List<String> cells) {
            numbers.clear();
            cells.stream().sorted().distinct().forEach(c -> numbers.put(c, numbers.size()));
        }

        int index(String cell) {
            return numbers.getOrDefault(cell, -1);
        }

        int size() {
            return numbers.size();
        }
    }

    private static final class Numeric implements Feature {
        private final String column;
        private double mean;
        private double std;

        Numeric(String column) {
            this.column = column;
        }

        @Override
        public void fit(CsvTable table) {
            double[] v = Arrays.stream(table.numbers(column)).filter(x -> !Double.isNaN(x)).toArray();
            mean = Arrays.stream(v).average().orElse(0);
            std = Math.sqrt(Arrays.stream(v).map(x -> (x - mean) * (x - mean)).average().orElse(0));
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            double[] v = table.numbers(column);
            for (int i = 0; i < v.length; i++) {
                out[i * stride + offset] = Double.isNaN(v[i]) || std == 0 ? 0 : (float) ((v[i] - mean) / std);
            }
        }

        @Override
        public List<String> names() {
            return List.of(column);
        }
    }

    private record Bucketized(String column, double[] boundaries) implements Feature {
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
    }

    private record OneHot(String column, Vocabulary vocabulary) implements Feature {
        @Override
        public void fit(CsvTable table) {
            vocabulary.fit(table.column(column));
        }

        @Override
        public int width() {
            return vocabulary.size();
        }

        @Override
        public void write(CsvTable table, float[] out, int offset, int stride) {
            List<String> cells = table.column(column);
            for (int i = 0; i < cells.size(); i++) {
                int k = vocabulary.index(cells.get(i));
                if (k >= 0) {
                    out[i * stride + offset + k] = 1;
                }
            }
        }

        @Override
        public List<String> names() {
            return vocabulary.numbers.keySet().stream().map(v -> column + "=" + v).toList();
        }
    }
}
