package dev.levin.trainer;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Metrics by name, in the order of their first appearance. A value is read from the device when someone looks at it. */
public final class MetricMap extends AbstractMap<String, Double> {
    private final Map<String, MetricValue> values = new LinkedHashMap<>();

    MetricMap() {
    }

    void set(String name, MetricValue value) {
        values.put(name, value);
    }

    /** The value with the step and epoch that produced it. */
    public Optional<MetricValue> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    @Override
    public Double get(Object name) {
        MetricValue v = values.get(name);
        return v == null ? null : v.get();
    }

    @Override
    public boolean containsKey(Object name) {
        return values.containsKey(name);
    }

    /** Names; no value is read for them. */
    @Override
    public Set<String> keySet() {
        return java.util.Collections.unmodifiableSet(values.keySet());
    }

    @Override
    public int size() {
        return values.size();
    }

    @Override
    public void clear() {
        values.clear();
    }

    @Override
    public Set<Entry<String, Double>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, Double>> iterator() {
                Iterator<Entry<String, MetricValue>> all = values.entrySet().iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return all.hasNext();
                    }

                    @Override
                    public Entry<String, Double> next() {
                        Entry<String, MetricValue> e = all.next();
                        return Map.entry(e.getKey(), e.getValue().get());
                    }
                };
            }

            @Override
            public int size() {
                return values.size();
            }
        };
    }

    /** All values, read now. */
    Map<String, Double> read() {
        Map<String, Double> m = new LinkedHashMap<>();
        values.forEach((k, v) -> m.put(k, v.get()));
        return m;
    }

    /** Value, step and epoch by name. */
    Map<String, Object> save() {
        Map<String, Object> m = new LinkedHashMap<>();
        values.forEach((k, v) -> m.put(k, v.save()));
        return m;
    }

    void load(Map<String, Object> saved) {
        saved.forEach((k, v) -> values.put(k, MetricValue.load((List<?>) v)));
    }
}
