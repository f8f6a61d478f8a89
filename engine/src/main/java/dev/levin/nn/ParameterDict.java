package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Parameters by name, in the order they were put. */
public final class ParameterDict extends Module {
    private final Map<String, Parameter> map = new LinkedHashMap<>();

    public ParameterDict() {
        this(Map.of());
    }

    /** Each tensor becomes a parameter that starts with its value. */
    public ParameterDict(Map<String, ? extends Tensor> values) {
        values.forEach(this::put);
    }

    public ParameterDict put(String name, Tensor value) {
        map.put(name, value instanceof Parameter p ? p : parameter(value));
        return this;
    }

    /** @throws IllegalArgumentException listing the names there are */
    public Parameter get(String name) {
        Parameter p = map.get(name);
        if (p == null) {
            throw new IllegalArgumentException("no parameter '" + name + "'; there are " + map.keySet());
        }
        return p;
    }

    public Set<String> keySet() {
        return Set.copyOf(map.keySet());
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        map.forEach(visitor);
    }
}
