package dev.levin.trainer.crossval;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** All folds of a cross-validation, and what they come to together. */
public final class CrossValidationReport {
    private final List<FoldResult> folds;
    private final String rankedBy;
    private final boolean higherIsBetter;
    private final Tensor outOfFold;

    CrossValidationReport(List<FoldResult> folds, String rankedBy, boolean higherIsBetter, Tensor outOfFold) {
        this.folds = List.copyOf(folds);
        this.rankedBy = rankedBy;
        this.higherIsBetter = higherIsBetter;
        this.outOfFold = outOfFold;
    }

    public List<FoldResult> folds() {
        return folds;
    }

    /** Names of the metrics that every fold has. */
    public List<String> metrics() {
        TreeSet<String> names = new TreeSet<>(folds.getFirst().metrics().keySet());
        folds.forEach(f -> names.retainAll(f.metrics().keySet()));
        return List.copyOf(names);
    }

    public double mean(String metric) {
        return folds.stream().mapToDouble(f -> f.metric(metric)).average().orElseThrow();
    }

    /** Standard deviation over the folds, of a sample: divided by n - 1; NaN for one fold. */
    public double std(String metric) {
        double mean = mean(metric);
        double sum = folds.stream().mapToDouble(f -> (f.metric(metric) - mean) * (f.metric(metric) - mean)).sum();
        return Math.sqrt(sum / (folds.size() - 1));
    }

    /** The best fold by the metric that ranks. */
    public FoldResult best() {
        return best(rankedBy, higherIsBetter);
    }

    public FoldResult best(String metric, boolean higher) {
        Comparator<FoldResult> order = Comparator.comparingDouble(f -> f.metric(metric));
        return folds.stream().max(higher ? order : order.reversed()).orElseThrow();
    }

    /**
     * What the model that never saw a sample predicts for it, in the order of the data set: {@code [samples, ...]}.
     *
     * @throws IllegalStateException unless it was asked for
     */
    public Tensor outOfFold() {
        if (outOfFold == null) {
            throw new IllegalStateException("out-of-fold predictions were not computed; ask for them with CrossValidation.outOfFold()");
        }
        return outOfFold;
    }

    /** A row a fold, mean and standard deviation below. */
    public String table() {
        List<String> names = metrics();
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("fold"));
        head.addAll(names);
        rows.add(head);
        for (FoldResult f : folds) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(f.fold())));
            names.forEach(n -> row.add(String.format(Locale.ROOT, "%.5f", f.metric(n))));
            rows.add(row);
        }
        List<String> last = new ArrayList<>(List.of("mean ± std"));
        names.forEach(n -> last.add(String.format(Locale.ROOT, "%.5f ± %.5f", mean(n), std(n))));
        rows.add(last);
        int[] width = new int[head.size()];
        rows.forEach(r -> {
            for (int i = 0; i < width.length; i++) {
                width[i] = Math.max(width[i], r.get(i).length());
            }
        });
        StringBuilder s = new StringBuilder();
        for (List<String> r : rows) {
            for (int i = 0; i < width.length; i++) {
                String pad = " ".repeat(width[i] - r.get(i).length());
                s.append(i == 0 ? r.get(i) + pad : "  " + pad + r.get(i));
            }
            s.append('\n');
        }
        return s.toString();
    }

    public void print() {
        System.out.print(table());
    }

    @Override
    public String toString() {
        return table();
    }
}
