package dev.levin.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.io.AtomicFile;
import dev.levin.io.FormatException;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the columns of a table into numbers: what is learned from the training table (means, vocabularies) is applied
 * unchanged to others, and can be saved for use with a trained model.
 *
 * {@snippet :
 * var features = new FeatureColumns().numeric("weight").bucketized("model_year", 73, 76, 79).oneHot("origin").fit(train);
 * Tensor x = features.transform(test);      // F32 [rows, width]
 * }
 */
public final class FeatureColumns {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<FeatureColumn> features = new ArrayList<>();
    private final Map<String, FeatureColumn.Categories> embedded = new LinkedHashMap<>();
    private boolean fitted;

    /** A number, standardised by the mean and standard deviation of the training table; missing values become the mean. */
    public FeatureColumns numeric(String column) {
        return add(new FeatureColumn.Numeric(column, FeatureColumn.Scale.STANDARD));
    }

    /** A number, scaled so that the training table spans 0 to 1; missing values become the mean. */
    public FeatureColumns minMax(String column) {
        return add(new FeatureColumn.Numeric(column, FeatureColumn.Scale.MIN_MAX));
    }

    /** A number as it is; missing values become the mean of the training table. */
    public FeatureColumns unscaled(String column) {
        return add(new FeatureColumn.Numeric(column, FeatureColumn.Scale.NONE));
    }

    /** 1 where the column has no value, else 0. */
    public FeatureColumns missing(String column) {
        return add(new FeatureColumn.Missing(column));
    }

    /** A number as one-hot of the interval it falls into; {@code boundaries} ascend and belong to the upper interval. */
    public FeatureColumns bucketized(String column, double... boundaries) {
        if (boundaries.length == 0) {
            throw new IllegalArgumentException("buckets of " + column + " need at least one boundary");
        }
        for (int i = 1; i < boundaries.length; i++) {
            if (!(boundaries[i] > boundaries[i - 1])) {
                throw new IllegalArgumentException("bucket boundaries must ascend: " + Arrays.toString(boundaries));
            }
        }
        return add(new FeatureColumn.Bucketized(column, boundaries.clone()));
    }

    /**
     * A category as one-hot; unseen and missing values are all zeros.
     *
     * @param values in this order; without any, those of the training table in their natural order
     */
    public FeatureColumns oneHot(String column, String... values) {
        return add(new FeatureColumn.OneHot(column, new FeatureColumn.Categories(List.of(values))));
    }

    /** A category as one-hot of its hash: for values without end. Different values may share a place. */
    public FeatureColumns hashed(String column, int buckets) {
        if (buckets < 1) {
            throw new IllegalArgumentException("a hashed column has at least 1 bucket, not " + buckets);
        }
        return add(new FeatureColumn.Hashed(column, buckets));
    }

    /**
     * A category for an embedding layer: not part of {@link #transform}, read it with {@link #indices}. Index 0 stands for missing
     * values and those that the training table does not have.
     *
     * @param values in this order; without any, those of the training table in their natural order
     */
    public FeatureColumns embedding(String column, String... values) {
        embedded.put(column, new FeatureColumn.Categories(List.of(values)));
        return this;
    }

    private FeatureColumns add(FeatureColumn feature) {
        features.add(feature);
        return this;
    }

    /** Learns means, deviations and vocabularies. */
    public FeatureColumns fit(CsvTable table) {
        features.forEach(f -> f.fit(table));
        embedded.forEach((column, categories) -> categories.fit(table.column(column)));
        fitted = true;
        return this;
    }

    /** Number of features. */
    public int width() {
        return features.stream().mapToInt(FeatureColumn::width).sum();
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
        for (FeatureColumn f : features) {
            f.write(table, out, offset, width);
            offset += f.width();
        }
        return Tensor.of(HostArray.wrap(DType.F32, out), Shape.of(table.size(), width));
    }

    /** Category numbers for an embedding: I64 [rows]. */
    public Tensor indices(String column, CsvTable table) {
        checkFitted();
        FeatureColumn.Categories c = categories(column);
        return Tensor.of(table.column(column).stream().mapToLong(cell -> c.index(cell) + 1).toArray());
    }

    /** Category numbers of all embedding columns, in the order they were named: I64 [rows, columns]. */
    public Tensor indices(CsvTable table) {
        checkFitted();
        int k = embedded.size();
        long[] out = new long[table.size() * k];
        int at = 0;
        for (Map.Entry<String, FeatureColumn.Categories> e : embedded.entrySet()) {
            List<String> cells = table.column(e.getKey());
            for (int i = 0; i < cells.size(); i++) {
                out[i * k + at] = e.getValue().index(cells.get(i)) + 1;
            }
            at++;
        }
        return Tensor.of(HostArray.wrap(DType.I64, out), Shape.of(table.size(), k));
    }

    /** Number of embeddings a column needs: its values and one for missing and unseen ones. */
    public int embeddings(String column) {
        checkFitted();
        return categories(column).size() + 1;
    }

    private FeatureColumn.Categories categories(String column) {
        FeatureColumn.Categories c = embedded.get(column);
        if (c == null) {
            throw new IllegalArgumentException("no embedding column '" + column + "'; there are " + embedded.keySet());
        }
        return c;
    }

    private void checkFitted() {
        if (!fitted) {
            throw new IllegalStateException("call fit(trainingTable) before transforming");
        }
    }

    // ---- saving -------------------------------------------------------------------------------------------------------

    /** What was learned: numbers, strings, lists and maps. */
    public Map<String, Object> stateDict() {
        checkFitted();
        List<Object> all = new ArrayList<>();
        for (FeatureColumn f : features) {
            Map<String, Object> m = new LinkedHashMap<>(f.state());
            m.put("column", f.column());
            m.put("kind", f.getClass().getSimpleName());
            all.add(m);
        }
        Map<String, Object> categories = new LinkedHashMap<>();
        embedded.forEach((column, c) -> categories.put(column, c.values()));
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("features", all);
        state.put("embeddings", categories);
        return state;
    }

    /**
     * Takes over what others learned.
     *
     * @throws IllegalArgumentException if these are other columns
     */
    @SuppressWarnings("unchecked")
    public FeatureColumns loadStateDict(Map<String, Object> state) {
        List<Map<String, Object>> saved = (List<Map<String, Object>>) state.get("features");
        Map<String, Object> categories = (Map<String, Object>) state.get("embeddings");
        List<String> mine = features.stream().map(f -> f.getClass().getSimpleName() + " " + f.column()).toList();
        List<String> theirs = saved.stream().map(m -> m.get("kind") + " " + m.get("column")).toList();
        if (!mine.equals(theirs) || !categories.keySet().equals(embedded.keySet())) {
            throw new IllegalArgumentException("the saved columns are " + theirs + " with embeddings " + categories.keySet() + ", these are " + mine + " with "
                    + embedded.keySet() + "; name the same columns in the same order");
        }
        for (int i = 0; i < saved.size(); i++) {
            features.get(i).load(saved.get(i));
        }
        categories.forEach((column, values) -> embedded.get(column).load(values));
        fitted = true;
        return this;
    }

    /** Writes what was learned as JSON, atomically. */
    public void save(Path file) throws IOException {
        byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(stateDict());
        AtomicFile.write(file, channel -> {
            for (ByteBuffer b = ByteBuffer.wrap(bytes); b.hasRemaining();) {
                channel.write(b);
            }
        });
    }

    /** Reads what {@link #save} wrote, into the same columns. */
    public FeatureColumns load(Path file) throws IOException {
        try {
            return loadStateDict(JSON.readValue(Files.readAllBytes(file), new TypeReference<Map<String, Object>>() { }));
        } catch (JsonProcessingException | ClassCastException | NullPointerException e) {
            throw new FormatException(file, "does not hold saved feature columns", e);
        }
    }
}
