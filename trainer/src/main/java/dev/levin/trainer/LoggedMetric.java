package dev.levin.trainer;

import dev.levin.metrics.Metric;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One key logged in one hook (for one evaluation loader): its options, its latest value, and what it gathers in an epoch. */
final class LoggedMetric {
    final Hook hook;
    final String name;
    /** Index of the evaluation loader; -1 outside loaders. */
    final int loader;
    final LogOptions options;
    final Accumulator accumulator;
    /** The metric object that was logged; null for numbers and tensors. */
    Metric<?> object;
    MetricValue latest;
    /** Logged since the last reset. */
    boolean active;
    /** Has a step value that loggers have not seen. */
    boolean fresh;
    /** Loggers have its epoch value. */
    boolean epochSent;
    /** Step and epoch of the last call. */
    long step;
    int epoch;
    private String suffix = "";
    private String plainKey;
    private String stepKey;
    private String epochKey;

    LoggedMetric(Hook hook, String name, int loader, LogOptions options) {
        this.hook = hook;
        this.name = name;
        this.loader = loader;
        this.options = options;
        this.accumulator = options.onEpoch() ? new Accumulator(name, options.reduce()) : null;
        keys();
    }

    private void keys() {
        plainKey = name + suffix;
        stepKey = (options.forked() ? name + "_step" : name) + suffix;
        epochKey = (options.forked() ? name + "_epoch" : name) + suffix;
    }

    /** What the keys end in: the name of the evaluation loader. */
    void suffix(String s) {
        if (!suffix.equals(s)) {
            suffix = s;
            keys();
        }
    }

    String plainKey() {
        return plainKey;
    }

    String stepKey() {
        return stepKey;
    }

    String epochKey() {
        return epochKey;
    }

    MetricValue epochValue() {
        if (object != null) {
            Metric<?> m = object;
            return new MetricValue(() -> single(m.compute()).item(), step, epoch);
        }
        return new MetricValue(accumulator::result, step, epoch);
    }

    /** The one element that a metric object computed. */
    Tensor single(Object computed) {
        if (computed instanceof Tensor t && t.numel() == 1) {
            return t;
        }
        throw new MisconfigurationException("the metric '" + name + "' computes " + (computed instanceof Tensor t ? "a tensor of shape " + t.shape()
                : "a " + computed.getClass().getSimpleName()) + "; only single values can be logged: average over classes or outputs, or log parts of "
                + "compute() in an epoch-end hook");
    }

    void reset() {
        active = false;
        fresh = false;
        epochSent = false;
        latest = null;
        if (accumulator != null) {
            accumulator.reset();
        }
        if (object != null) {
            object.reset();
        }
    }

    // ---- saving -----------------------------------------------------------------------------------------------------

    /** @param names of metric objects; one that has none starts anew */
    Map<String, Object> save(Map<Metric<?>, String> names) {
        Map<String, Object> e = new LinkedHashMap<>();
        e.put("hook", hook.name());
        e.put("name", name);
        e.put("options", options.save());
        e.put("active", active);
        e.put("fresh", fresh);
        e.put("latest", fresh && latest != null ? latest.save() : null);
        e.put("object", object == null ? null : names.get(object));
        e.put("gathered", accumulator == null || object != null ? null : accumulator.save());
        e.put("step", step);
        e.put("epoch", epoch);
        return e;
    }

    static LoggedMetric load(Map<String, Object> e, Map<String, Metric<?>> objects, Device device) {
        LoggedMetric m = new LoggedMetric(Hook.valueOf((String) e.get("hook")), (String) e.get("name"), -1, LogOptions.load(Json.map(e, "options")));
        m.object = e.get("object") == null ? null : objects.get((String) e.get("object"));
        if (m.accumulator != null && e.get("gathered") instanceof List<?> gathered) {
            m.accumulator.load(gathered.stream().mapToDouble(Json::number).toArray(), device);
        }
        m.latest = e.get("latest") instanceof List<?> latest ? MetricValue.load(latest) : null;
        m.active = (Boolean) e.get("active");
        m.fresh = (Boolean) e.get("fresh") && m.latest != null;
        m.step = (long) Json.number(e.get("step"));
        m.epoch = (int) Json.number(e.get("epoch"));
        return m;
    }
}
