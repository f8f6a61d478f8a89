package dev.levin.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/** The arguments of one case: input tensors by name and position, everything else by PyTorch's parameter names. */
record CaseArgs(SequencedMap<String, Object> inputs, JsonNode named, DType dtype) {

    int count() {
        return inputs.size();
    }

    /** Input number i, or null if there are fewer. */
    Tensor t(int i) {
        return i >= inputs.size() ? null : (Tensor) new ArrayList<>(inputs.values()).get(i);
    }

    /** The input of a name, or null. */
    Tensor t(String name) {
        return (Tensor) inputs.get(name);
    }

    JsonNode raw(String name) {
        JsonNode v = named.get(name);
        return v == null || v.isNull() ? null : v;
    }

    CaseArgs nested(String name) {
        return new CaseArgs(inputs, raw(name) == null ? com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode()
                : raw(name), dtype);
    }

    double f(String name, double otherwise) {
        return raw(name) == null ? otherwise : CaseTensors.number(raw(name));
    }

    int i(String name, int otherwise) {
        return raw(name) == null ? otherwise : raw(name).intValue();
    }

    boolean flag(String name, boolean otherwise) {
        return raw(name) == null ? otherwise : raw(name).booleanValue();
    }

    String text(String name, String otherwise) {
        return raw(name) == null ? otherwise : raw(name).asText();
    }

    /** A number as a list of one; null elements as -1. */
    int[] ints(String name, int... otherwise) {
        JsonNode v = raw(name);
        if (v == null) {
            return otherwise;
        }
        if (!v.isArray()) {
            return new int[] {v.intValue()};
        }
        List<Integer> list = new ArrayList<>();
        v.forEach(e -> list.add(e.isNull() ? -1 : e.intValue()));
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    double[] doubles(String name) {
        JsonNode v = raw(name);
        if (v == null) {
            return null;
        }
        if (!v.isArray()) {
            return new double[] {v.doubleValue()};
        }
        double[] d = new double[v.size()];
        for (int i = 0; i < d.length; i++) {
            d[i] = v.get(i).doubleValue();
        }
        return d;
    }
}
