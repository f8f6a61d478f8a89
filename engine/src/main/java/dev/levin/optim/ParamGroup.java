package dev.levin.optim;

import dev.levin.graph.ScalarArg;
import dev.levin.tensor.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters that share options. Numeric options ({@code lr}, {@code weight_decay}, ...) may change at any time; switches
 * ({@code nesterov}, {@code amsgrad}) are fixed by the optimizer.
 */
public final class ParamGroup {
    private final List<Parameter> parameters;
    private final Map<String, ScalarArg> options = new LinkedHashMap<>();
    private String name;

    private ParamGroup(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
    }

    /** A group that takes the optimizer's defaults; override some with {@link #with}. */
    public static ParamGroup of(List<Parameter> parameters) {
        return new ParamGroup(parameters);
    }

    /** Sets a numeric option for this group; returns this. */
    public ParamGroup with(String option, double value) {
        set(option, value);
        return this;
    }

    /** Name used by learning-rate monitors. */
    public ParamGroup named(String groupName) {
        name = groupName;
        return this;
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    /** Null when the group has no name. */
    public String name() {
        return name;
    }

    public double lr() {
        return get("lr");
    }

    public void setLr(double lr) {
        set("lr", lr);
    }

    public boolean has(String option) {
        return options.containsKey(option);
    }

    /**
     * @throws IllegalArgumentException naming the options there are
     */
    public double get(String option) {
        return arg(option).value();
    }

    public void set(String option, double value) {
        ScalarArg a = options.get(option);
        if (a == null) {
            options.put(option, new ScalarArg(option, value));
        } else {
            a.set(value);
        }
    }

    /** Numeric options by name. */
    public Map<String, Double> options() {
        Map<String, Double> m = new LinkedHashMap<>();
        options.forEach((k, v) -> m.put(k, v.value()));
        return m;
    }

    /** Adds the sign of every option. */
    void signs(List<Long> to) {
        for (ScalarArg a : options.values()) {
            double v = a.value();
            to.add(v > 0 ? 1L : v < 0 ? -1L : v == 0 ? 0L : 2L);
        }
    }

    ScalarArg arg(String option) {
        ScalarArg a = options.get(option);
        if (a == null) {
            throw new IllegalArgumentException("this group has no option '" + option + "'; it has " + options.keySet());
        }
        return a;
    }
}
