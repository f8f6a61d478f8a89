package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The arguments of one case: tensors in order, and everything else by PyTorch's parameter names. */
final class Args {
    private final SequencedMap<String, Object> inputs;
    private final Map<String, Object> named;
    private final DType dtype;

    /** @param inputs {@link Tensor}, list of tensors, number, or null */
    Args(SequencedMap<String, Object> inputs, JsonNode kwargs, DType dtype) {
        this.inputs = inputs;
        this.named = map(kwargs);
        this.dtype = dtype;
    }

    /** Named arguments alone. */
    static Args of(JsonNode kwargs) {
        return new Args(new LinkedHashMap<>(), kwargs, DType.F32);
    }

    /** Named arguments that were read before, as part of others. */
    static Args of(Map<?, ?> kwargs) {
        Map<String, Object> m = new LinkedHashMap<>();
        kwargs.forEach((k, v) -> m.put((String) k, v));
        return new Args(new LinkedHashMap<>(), m, DType.F32);
    }

    private Args(SequencedMap<String, Object> inputs, Map<String, Object> named, DType dtype) {
        this.inputs = inputs;
        this.named = named;
        this.dtype = dtype;
    }

    private static Map<String, Object> map(JsonNode object) {
        Map<String, Object> m = new LinkedHashMap<>();
        object.properties().forEach(e -> m.put(e.getKey(), value(e.getValue())));
        return m;
    }

    private static Object value(JsonNode v) {
        if (v.isObject()) {
            return map(v);
        }
        if (v.isArray()) {
            List<Object> list = new ArrayList<>();
            v.forEach(x -> list.add(value(x)));
            return list;
        }
        return v.isNull() ? null : v.isBoolean() ? v.booleanValue() : v.isIntegralNumber() ? (Object) v.longValue()
                : v.isNumber() ? v.doubleValue() : v.asText();
    }

    /** The float type the case is computed in. */
    DType dtype() {
        return dtype;
    }

    // ---- tensors ------------------------------------------------------------------------------------------------------

    int count() {
        return inputs.size();
    }

    SequencedMap<String, Object> inputs() {
        return inputs;
    }

    /** Input number i, or null if there are fewer. */
    Tensor t(int i) {
        return i >= inputs.size() ? null : tensor(new ArrayList<>(inputs.values()).get(i));
    }

    /** The input of a name, or null. */
    Tensor t(String name) {
        return tensor(inputs.get(name));
    }

    private Tensor tensor(Object o) {
        return switch (o) {
            case null -> null;
            case Tensor t -> t;
            case Long n -> Tensor.scalar(n, DType.I64);
            case Number n -> Tensor.scalar(n.doubleValue(), dtype);
            default -> throw new IllegalArgumentException("expected a tensor, not " + o.getClass().getSimpleName());
        };
    }

    /** Lists of tensors and tensors, in order, as one list. */
    List<Tensor> tensors() {
        List<Tensor> all = new ArrayList<>();
        for (Object o : inputs.values()) {
            if (o instanceof List<?> list) {
                list.forEach(x -> all.add((Tensor) x));
            } else if (o != null) {
                all.add(tensor(o));
            }
        }
        return all;
    }

    /** The second operand: a tensor, or a number given under one of the names. */
    Object operand(int i, String... names) {
        if (i < inputs.size()) {
            return new ArrayList<>(inputs.values()).get(i);
        }
        for (String n : names) {
            if (named.get(n) != null) {
                return number(named.get(n));
            }
        }
        throw new IllegalArgumentException("no argument " + String.join(" or ", names));
    }

    // ---- everything else ----------------------------------------------------------------------------------------------

    boolean has(String name) {
        return named.get(name) != null || inputs.get(name) != null;
    }

    /** Whether a name was given, if only as null. */
    boolean names(String name) {
        return named.containsKey(name);
    }

    Object raw(String name) {
        return named.containsKey(name) ? named.get(name) : inputs.get(name);
    }

    /** These arguments with some of them replaced: for functions that are special cases of others. */
    Args with(Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(named);
        all.putAll(more);
        return new Args(inputs, all, dtype);
    }

    /** The nested arguments of a name. */
    Args nested(String name) {
        Map<String, Object> m = new LinkedHashMap<>();
        if (raw(name) instanceof Map<?, ?> given) {
            given.forEach((k, v) -> m.put((String) k, v));
        }
        return new Args(inputs, m, dtype);
    }

    private static Number number(Object o) {
        return switch (o) {
            case Number n -> n;
            case String s -> Double.valueOf(s);
            case Boolean b -> b ? 1L : 0L;
            default -> throw new IllegalArgumentException("expected a number, not " + o);
        };
    }

    /** A {@link Long} or {@link Double}, as it was written; null if absent. */
    Number number(String name) {
        return raw(name) == null ? null : number(raw(name));
    }

    double f(String name, double otherwise) {
        Number n = number(name);
        return n == null ? otherwise : n.doubleValue();
    }

    /** Null if absent. */
    Double f(String name) {
        Number n = number(name);
        return n == null ? null : n.doubleValue();
    }

    int i(String name, int otherwise) {
        Number n = number(name);
        return n == null ? otherwise : n.intValue();
    }

    boolean flag(String name, boolean otherwise) {
        return switch (raw(name)) {
            case null -> otherwise;
            case Boolean b -> b;
            case Number n -> n.intValue() != 0;
            default -> throw new IllegalArgumentException(name + " must be true or false, not " + raw(name));
        };
    }

    String text(String name, String otherwise) {
        return raw(name) == null ? otherwise : raw(name).toString();
    }

    /** A number as a list of one; absent: {@code otherwise}. */
    int[] ints(String name, int... otherwise) {
        return switch (raw(name)) {
            case null -> otherwise;
            case List<?> list -> list.stream().mapToInt(v -> v == null ? -1 : number(v).intValue()).toArray();
            case Object o -> new int[] {number(o).intValue()};
        };
    }

    /** As {@link #ints}, a single number repeated for every axis. */
    int[] perAxis(String name, int axes, int otherwise) {
        int[] given = ints(name, otherwise);
        if (given.length == axes) {
            return given;
        }
        int[] all = new int[axes];
        java.util.Arrays.fill(all, given[0]);
        return all;
    }

    /** A number as a list of one. */
    double[] doubles(String name) {
        return raw(name) instanceof List<?> l ? l.stream().mapToDouble(v -> number(v).doubleValue()).toArray() : new double[] {f(name, 0)};
    }

    List<?> list(String name) {
        return raw(name) instanceof List<?> l ? l : null;
    }

    /** The dtype named by {@code dtype}, or null. */
    DType type() {
        return raw("dtype") == null ? null : DType.parse(raw("dtype").toString());
    }
}
