package dev.levin.loggers.tensorboard;

import java.util.List;

/**
 * What the projector shows beside each point: one column without a header, or several with one.
 *
 * @param header column names; empty for a single unnamed column
 * @param rows one per point, each as long as the header (1 without one)
 */
public record EmbeddingLabels(List<String> header, List<List<String>> rows) {

    /** @throws IllegalArgumentException if a row's length does not fit */
    public EmbeddingLabels {
        header = List.copyOf(header);
        rows = rows.stream().map(List::copyOf).toList();
        int columns = Math.max(1, header.size());
        if (header.size() == 1) {
            throw new IllegalArgumentException("a single column must not have a header (TensorBoard would show '"
                    + header.getFirst() + "' as the first label); use EmbeddingLabels.of(labels)");
        }
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).size() != columns) {
                throw new IllegalArgumentException("row " + i + " of the embedding's labels has " + rows.get(i).size()
                        + " entries " + rows.get(i) + "; expected " + columns);
            }
        }
    }

    /** One label per point. */
    public static EmbeddingLabels of(List<String> labels) {
        return new EmbeddingLabels(List.of(), labels.stream().map(List::of).toList());
    }
}
