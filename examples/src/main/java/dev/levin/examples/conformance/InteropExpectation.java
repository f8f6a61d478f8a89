package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;

import dev.levin.io.ArrayData;
import dev.levin.io.Tuple;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares what a file holds with its JSON. Every function returns null, or the first difference. */
final class InteropExpectation {
    private InteropExpectation() {
    }

    /** The JSON of a whole file: a dictionary of tensors, a model with its {@code state_dict}, or a checkpoint. */
    static String difference(JsonNode want, Object got) {
        boolean model = want.has("model") && want.has("state_dict");
        if (!model) {
            boolean tensorsOnly = want.size() > 0 && !want.has("state_dict") && got instanceof Map<?, ?>;
            if (tensorsOnly) {
                for (Object key : ((Map<?, ?>) got).keySet()) {
                    if (!want.has(String.valueOf(key))) {
                        return "'" + key + "' is not expected";
                    }
                }
            }
            return value(want, got, "");
        }
        if (!(got instanceof Map<?, ?> arrays)) {
            return "a state dict is expected";
        }
        var missing = new HashSet<String>();
        want.get("state_dict").fieldNames().forEachRemaining(missing::add);
        if (!missing.equals(arrays.keySet())) {
            return "names differ: " + missing + " expected, " + arrays.keySet() + " read";
        }
        return value(want.get("state_dict"), got, "");
    }

    /** Weights of a model whose exporter folded or rearranged some: those that kept their names, at least one. */
    static String unrenamed(JsonNode want, Map<?, ?> got) {
        int found = 0;
        for (var e : got.entrySet()) {
            JsonNode entry = want.path("state_dict").get((String) e.getKey());
            String d = entry == null ? null : value(entry, e.getValue(), e.getKey().toString());
            if (d != null) {
                return d;
            }
            found += entry == null ? 0 : 1;
        }
        return found > 0 ? null : "none of its weights has a name that is expected: " + got.keySet();
    }

    /** One JSON for several archives: an archive need not have every entry. */
    static String ofPresent(JsonNode want, Map<?, ?> got) {
        for (var e : got.entrySet()) {
            if (e.getValue() instanceof ArrayData a) {
                String d = array(want.get((String) e.getKey()), a, e.getKey().toString());
                if (d != null) {
                    return d;
                }
            }
        }
        return null;
    }

    /** For a lone array whose JSON holds several: it must be one of them, in whatever float width. */
    static String matchesAny(JsonNode want, Object got) {
        ArrayData a = (ArrayData) got;
        for (JsonNode entry : want) {
            JsonNode data = entry.isObject() ? entry.get("data") : entry;
            int[] dims = entry.isObject() ? dims(entry) : new int[] {data.size()};
            DType type = entry.isObject() ? DType.parse(entry.get("dtype").asText()) : a.dtype();
            if (data.isArray() && Shape.of(dims).equals(a.shape())) {
                HostArray narrow = HostArray.allocate(type, a.data().length());
                for (int i = 0; i < narrow.length(); i++) {
                    narrow.setDouble(i, a.data().getDouble(i));
                }
                if (elements(data, narrow, "") == null) {
                    return null;
                }
            }
        }
        return a + " equals none of the expected arrays";
    }

    private static String value(JsonNode want, Object got, String path) {
        if (got instanceof ArrayData a) {
            return array(want, a, path);
        }
        return switch (want.getNodeType()) {
            case NULL -> got == null ? null : differ(path, want, got);
            case BOOLEAN -> Objects.equals(got, want.booleanValue()) ? null : differ(path, want, got);
            case NUMBER -> number(want, got, path);
            case STRING -> want.textValue().equals(String.valueOf(got)) ? null : differ(path, want, got);
            case ARRAY -> got instanceof Tuple t ? list(want, t.items(), path)
                    : got instanceof Collection<?> c ? list(want, c, path) : differ(path, want, got);
            case OBJECT -> got instanceof Map<?, ?> m ? map(want, m, path) : differ(path, want, got);
            default -> differ(path, want, got);
        };
    }

    private static String differ(String path, Object want, Object got) {
        return (path.isEmpty() ? "the value" : "'" + path + "'") + " should be " + want + ", is " + got;
    }

    private static String number(JsonNode want, Object got, String path) {
        boolean same = got instanceof Double d ? Double.compare(d, want.doubleValue()) == 0
                : got instanceof Number n && want.isIntegralNumber() && want.asText().equals(n.toString());
        return same ? null : differ(path, want, got);
    }

    private static String list(JsonNode want, Collection<?> got, String path) {
        if (want.size() != got.size()) {
            return differ(path, want.size() + " items", got.size());
        }
        int i = 0;
        for (Object o : got) {
            String d = value(want.get(i), o, path + "[" + i + "]");
            if (d != null) {
                return d;
            }
            i++;
        }
        return null;
    }

    /** Every expected key must be there; a checkpoint may hold more. */
    private static String map(JsonNode want, Map<?, ?> got, String path) {
        for (var e : want.properties()) {
            String at = path.isEmpty() ? e.getKey() : path + "." + e.getKey();
            Object v = find(got, e.getKey());
            if (v == MISSING && e.getKey().equals("optimizer") && got.get("optimizer_states") instanceof List<?> states
                    && !states.isEmpty()) {
                v = states.getFirst();
            }
            String d = v == MISSING ? "'" + at + "' is missing" : value(e.getValue(), v, at);
            if (d != null) {
                return d;
            }
        }
        return null;
    }

    private static final Object MISSING = new Object();

    private static Object find(Map<?, ?> map, String key) {
        if (map.containsKey(key)) {
            return map.get(key);
        }
        for (var e : map.entrySet()) {
            if (String.valueOf(e.getKey()).equals(key)) {
                return e.getValue();
            }
        }
        return MISSING;
    }

    /** A tensor: all its data, or its first elements and their sum, or for NumPy a plain list or number. */
    private static String array(JsonNode want, ArrayData got, String path) {
        if (want == null) {
            return "'" + path + "' is not expected";
        }
        if (!want.isObject()) {
            return elements(want.isArray() ? want : null, want, got.data(), path);
        }
        if (!want.has("dtype") || DType.parse(want.get("dtype").asText()) != got.dtype()
                || !Shape.of(dims(want)).equals(got.shape())) {
            return differ(path, want.path("dtype").asText() + want.path("shape"), got);
        }
        return want.has("data") ? elements(want.get("data"), got.data(), path) : summary(want, got.data(), path);
    }

    /** A tensor of a JSON. */
    static ArrayData tensor(JsonNode json) {
        JsonNode values = json.path("data");
        HostArray data = HostArray.allocate(DType.parse(json.path("dtype").asText()), values.size());
        for (int i = 0; i < data.length(); i++) {
            put(data, i, values.get(i));
        }
        return new ArrayData(Shape.of(dims(json)), data);
    }

    private static void put(HostArray data, int i, JsonNode value) {
        if (value.isIntegralNumber()) {
            data.setLong(i, value.longValue());
        } else {
            data.setDouble(i, value.isTextual() ? Double.parseDouble(value.textValue()) : value.doubleValue());
        }
    }

    private static int[] dims(JsonNode tensor) {
        int[] dims = new int[tensor.get("shape").size()];
        Arrays.setAll(dims, i -> tensor.get("shape").get(i).intValue());
        return dims;
    }

    private static String elements(JsonNode list, JsonNode scalar, HostArray got, String path) {
        if (list != null) {
            return elements(list, got, path);
        }
        return got.length() == 1 && same(scalar, got, 0) ? null : differ(path, scalar, got.length() + " elements");
    }

    private static String elements(JsonNode want, HostArray got, String path) {
        if (want.size() != got.length()) {
            return differ(path, want.size() + " elements", got.length());
        }
        for (int i = 0; i < got.length(); i++) {
            if (!same(want.get(i), got, i)) {
                return differ(path + "[" + i + "]", want.get(i), got.dtype().isFloat() ? (Object) got.getDouble(i)
                        : (Object) got.getLong(i));
            }
        }
        return null;
    }

    /** Equal after one rounding to the element's type; -0.0 is not 0.0, NaN is NaN. */
    private static boolean same(JsonNode want, HostArray got, int i) {
        if (!got.dtype().isFloat()) {
            return want.isIntegralNumber() && want.longValue() == got.getLong(i);
        }
        HostArray one = HostArray.allocate(got.dtype(), 1);
        one.setDouble(0, want.isTextual() ? Double.parseDouble(want.textValue()) : want.doubleValue());
        return Double.compare(one.getDouble(0), got.getDouble(i)) == 0;
    }

    private static String summary(JsonNode want, HostArray got, String path) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < got.length(); i++) {
            sum += got.getDouble(i);
            magnitude += Math.abs(got.getDouble(i));
        }
        for (int i = 0; i < want.get("first").size(); i++) {
            HostArray first = HostArray.allocate(DType.F64, 1);
            first.setDouble(0, got.getDouble(i));
            if (!same(want.get("first").get(i), first, 0)) {
                return differ(path + "[" + i + "]", want.get("first").get(i), got.getDouble(i));
            }
        }
        return Math.abs(sum - want.get("sum").doubleValue()) <= 1e-6 * magnitude ? null
                : differ("sum of " + path, want.get("sum"), sum);
    }

    /** Deep equality of trees of plain values, byte arrays included. */
    static String sameValues(Object want, Object got, String path) {
        return switch (want) {
            case byte[] w -> got instanceof byte[] g && Arrays.equals(w, g) ? null : differ(path, "bytes", got);
            case List<?> w when got instanceof List<?> g && w.size() == g.size() -> each(w, g, path);
            case Tuple w when got instanceof Tuple g && w.size() == g.size() -> each(w.items(), g.items(), path);
            case Map<?, ?> w when got instanceof Map<?, ?> g && w.keySet().equals(g.keySet()) -> {
                for (var e : w.entrySet()) {
                    String d = sameValues(e.getValue(), g.get(e.getKey()), path + "." + e.getKey());
                    if (d != null) {
                        yield d;
                    }
                }
                yield null;
            }
            case null, default -> Objects.equals(want, got) ? null : differ(path, want, got);
        };
    }

    private static String each(List<?> want, List<?> got, String path) {
        for (int i = 0; i < want.size(); i++) {
            String d = sameValues(want.get(i), got.get(i), path + "[" + i + "]");
            if (d != null) {
                return d;
            }
        }
        return null;
    }
}
