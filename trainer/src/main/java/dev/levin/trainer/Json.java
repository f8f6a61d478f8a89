package dev.levin.trainer;

import java.util.Map;

/** Typed looks into values read from JSON. */
final class Json {
    private Json() {
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        if (value instanceof Map<?, ?>) {
            return (Map<String, Object>) value;
        }
        throw new CheckpointException("a map was expected, not " + value);
    }

    static Map<String, Object> map(Map<String, Object> parent, String key) {
        if (!(parent.get(key) instanceof Map<?, ?>)) {
            throw new CheckpointException("the entry '" + key + "' is missing; there are " + parent.keySet());
        }
        return map(parent.get(key));
    }

    static double number(Object value) {
        if (value instanceof Number n) {
            return n.doubleValue();
        }
        throw new CheckpointException("a number was expected, not " + value);
    }

    static long integer(Map<String, Object> parent, String key) {
        if (parent.get(key) instanceof Number n) {
            return n.longValue();
        }
        throw new CheckpointException("the number '" + key + "' is missing; there are " + parent.keySet());
    }
}
