package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several metrics of the same predictions and targets, under names. What they have in common (the predicted class, say) is computed once,
 * since it is recorded into one step.
 *
 * {@snippet :
 * var metrics = new MetricCollection().with("acc", new Accuracy(10)).with("f1", new F1Score(10, Average.MACRO));
 * metrics.update(logits, targets);
 * logDict(metrics.metrics("val_"));
 * }
 */
public final class MetricCollection implements PredictionMetric<Map<String, Object>> {
    private final Map<String, PredictionMetric<?>> metrics = new LinkedHashMap<>();

    public MetricCollection() {
    }

    public MetricCollection(Map<String, ? extends PredictionMetric<?>> named) {
        named.forEach(this::with);
    }

    /** Adds a metric. */
    public MetricCollection with(String name, PredictionMetric<?> metric) {
        if (metrics.putIfAbsent(name, metric) != null) {
            throw new IllegalArgumentException("there is a metric '" + name + "' already; the names are " + metrics.keySet());
        }
        return this;
    }

    /** The metrics by name, to be logged one by one. */
    public Map<String, PredictionMetric<?>> metrics(String prefix) {
        Map<String, PredictionMetric<?>> named = new LinkedHashMap<>();
        metrics.forEach((name, m) -> named.put(prefix + name, m));
        return named;
    }

    @Override
    public void update(Tensor predictions, Tensor targets) {
        metrics.values().forEach(m -> m.update(predictions, targets));
    }

    /** What each metric computes. */
    @Override
    public Map<String, Object> compute() {
        Map<String, Object> values = new LinkedHashMap<>();
        metrics.forEach((name, m) -> values.put(name, m.compute()));
        return values;
    }

    @Override
    public void reset() {
        metrics.values().forEach(Metric::reset);
    }

    @Override
    public List<Tensor> state() {
        List<Tensor> all = new ArrayList<>();
        metrics.values().forEach(m -> all.addAll(m.state()));
        return all;
    }

    @Override
    public void loadState(List<Tensor> saved) {
        distribute(saved, Metric::loadState);
    }

    @Override
    public void mergeState(List<Tensor> other) {
        distribute(other, Metric::mergeState);
    }

    private interface Receiver {
        void take(Metric<?> metric, List<Tensor> state);
    }

    private void distribute(List<Tensor> states, Receiver receiver) {
        int all = state().size();
        if (states.size() != all) {
            throw new IllegalArgumentException("the metrics " + metrics.keySet() + " have " + all + " states, not " + states.size()
                    + "; use the state of a collection of the same metrics");
        }
        int from = 0;
        for (PredictionMetric<?> m : metrics.values()) {
            int n = m.state().size();
            receiver.take(m, states.subList(from, from + n));
            from += n;
        }
    }
}
