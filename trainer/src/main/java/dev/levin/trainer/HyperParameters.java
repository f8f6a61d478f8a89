package dev.levin.trainer;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named values a module or data module was made from: numbers, strings, booleans, null, and lists and maps of these. They
 * are written into checkpoints and sent to loggers.
 *
 * @param values immutable
 */
public record HyperParameters(Map<String, Object> values) {
    static final HyperParameters NONE = new HyperParameters(Map.of());

    public HyperParameters {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * From a map, or from the components of a record.
     *
     * @throws IllegalArgumentException naming the entry that can't be stored
     */
    public static HyperParameters of(Object source) {
        Map<String, Object> m = new LinkedHashMap<>();
        switch (source) {
            case HyperParameters h -> {
                return h;
            }
            case Map<?, ?> map -> map.forEach((k, v) -> m.put(String.valueOf(k), plain(String.valueOf(k), v)));
            case Record r -> {
                var components = r.getClass().getRecordComponents();
                Object[] values = Records.values(r);
                for (int i = 0; i < values.length; i++) {
                    m.put(components[i].getName(), plain(components[i].getName(), values[i]));
                }
            }
            case null, default -> throw new IllegalArgumentException("hyper-parameters come from a map or a record, not from " + source);
        }
        return new HyperParameters(m);
    }

    private static Object plain(String key, Object value) {
        return switch (value) {
            case null -> null;
            case Number n -> n;
            case String s -> s;
            case Boolean b -> b;
            case Enum<?> e -> e.name();
            case java.nio.file.Path p -> p.toString();
            case Collection<?> c -> c.stream().map(v -> plain(key, v)).toList();
            case int[] a -> java.util.Arrays.stream(a).boxed().toList();
            case double[] a -> java.util.Arrays.stream(a).boxed().toList();
            case Map<?, ?> map -> {
                Map<String, Object> m = new LinkedHashMap<>();
                map.forEach((k, v) -> m.put(String.valueOf(k), plain(key + "." + k, v)));
                yield m;
            }
            case Record r -> of(r).values;
            default -> throw new IllegalArgumentException("the hyper-parameter '" + key + "' is a " + value.getClass().getName()
                    + "; use numbers, strings, booleans, enums, lists, maps or records");
        };
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    public Object get(String name) {
        return values.get(name);
    }

    public double number(String name) {
        if (values.get(name) instanceof Number n) {
            return n.doubleValue();
        }
        throw new IllegalArgumentException("there is no number '" + name + "' among the hyper-parameters; there are " + List.copyOf(values.keySet()));
    }

    public int integer(String name) {
        return (int) number(name);
    }

    public String text(String name) {
        Object v = values.get(name);
        if (v == null) {
            throw new IllegalArgumentException("there is no '" + name + "' among the hyper-parameters; there are " + List.copyOf(values.keySet()));
        }
        return v.toString();
    }

    /** These, with others put on top. */
    public HyperParameters with(Map<String, ?> overrides) {
        Map<String, Object> m = new LinkedHashMap<>(values);
        m.putAll(overrides);
        return of(m);
    }
}
