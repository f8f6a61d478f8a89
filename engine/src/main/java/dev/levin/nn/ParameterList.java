package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;

/** Parameters by position; their keys are {@code 0}, {@code 1}, ... */
public final class ParameterList extends Module implements Iterable<Parameter> {
    private final List<Parameter> list = new ArrayList<>();

    /** Each tensor becomes a parameter that starts with its value. */
    public ParameterList(Tensor... values) {
        for (Tensor v : values) {
            append(v);
        }
    }

    public ParameterList append(Tensor value) {
        list.add(value instanceof Parameter p ? p : parameter(value));
        return this;
    }

    public Parameter get(int index) {
        return list.get(index);
    }

    public int size() {
        return list.size();
    }

    @Override
    public Iterator<Parameter> iterator() {
        return List.copyOf(list).iterator();
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        for (int i = 0; i < list.size(); i++) {
            visitor.accept(Integer.toString(i), list.get(i));
        }
    }
}
