package dev.levin.trainer;

import dev.levin.metrics.Metric;
import dev.levin.tensor.Engine;
import dev.levin.tensor.HostValue;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * Collects what a run logs, and publishes it to callbacks, the progress bar and loggers by the rules of {@link Hook}.
 *
 * <p>There is one collector for training and one for evaluation, since validation runs inside a training epoch. Loops tell
 * it which batch and loader they are at; values stay on the device until a map is read or a row goes to the loggers.
 */
final class MetricLog {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private record Key(Hook hook, String name, int loader) {}

    private final Map<Key, LoggedMetric> training = new LinkedHashMap<>();
    private final Map<Key, LoggedMetric> evaluation = new LinkedHashMap<>();
    private final MetricMap callback = new MetricMap();
    private final MetricMap logged = new MetricMap();
    private final MetricMap progress = new MetricMap();
    private final Set<String> warned = new HashSet<>();
    private final LoggerRows rows = new LoggerRows();
    private final BatchSizes sizes = new BatchSizes();

    private Device device = Device.CPU;
    private boolean inEvaluation;
    private boolean trainEpochEnd;
    private boolean evalEpochEnd;
    private Object batch;
    private int batchSize;
    private int loader = -1;
    private String suffix = "";
    private long step;
    private int epoch;

    // ---- what the loops say -----------------------------------------------------------------------------------------

    void start(List<Logger> loggers, Device where) {
        device = where;
        rows.to(loggers);
        clear();
        training.clear();
        evaluation.clear();
        inEvaluation = false;
        trainEpochEnd = false;
        loader = -1;
        suffix = "";
    }

    /** Forgets the published values. */
    void clear() {
        callback.clear();
        logged.clear();
        progress.clear();
    }

    void at(long globalStep, int currentEpoch) {
        step = globalStep;
        epoch = currentEpoch;
    }

    void batchStarts(Object value) {
        batch = value;
        batchSize = -1;
    }

    void evaluationStarts() {
        inEvaluation = true;
        evalEpochEnd = false;
        batch = null;
    }

    /** @param index -1 for a single loader, whose metrics carry no name */
    void loaderStarts(int index, String name) {
        loader = index;
        suffix = index < 0 ? "" : "/" + name;
    }

    void loadersEnd() {
        loader = -1;
        suffix = "";
        batch = null;
        evalEpochEnd = true;
    }

    void evaluationEnds() {
        Engine.flush();
        evaluation.values().forEach(LoggedMetric::reset);
        inEvaluation = false;
        loader = -1;
        suffix = "";
        batch = null;
    }

    void trainEpochStarts() {
        trainEpochEnd = false;
    }

    /** From here on, epoch values are what callbacks see. */
    void trainEpochEndReached() {
        trainEpochEnd = true;
        batch = null;
        publishEpoch();
    }

    void trainEpochEnds() {
        training.values().forEach(LoggedMetric::reset);
        trainEpochEnd = false;
    }

    // ---- logging ----------------------------------------------------------------------------------------------------

    /** @param hook where the call comes from; null outside any hook */
    void log(Hook hook, String name, Object value, Log... wishes) {
        if (hook == null) {
            throw new MisconfigurationException("log(\"" + name + "\", ...) was called outside of the Trainer's hooks; log in a step or a hook, "
                    + "or use a logger object directly");
        }
        LogRule rule = hook.rule();
        if (!rule.allowed()) {
            throw new MisconfigurationException("log(\"" + name + "\", ...) can't be called in " + hook.method()
                    + "; use the logger itself: trainer.logger().logMetrics(...)");
        }
        LogOptions call = LogOptions.of(wishes);
        LogOptions options = call.resolved(rule);
        check(hook, name, value, rule, options);
        Map<Key, LoggedMetric> collector = inEvaluation ? evaluation : training;
        LoggedMetric m = collector.computeIfAbsent(new Key(hook, name, inEvaluation ? loader : -1),
                k -> new LoggedMetric(hook, name, k.loader, options));
        if (!m.options.equals(options)) {
            throw new MisconfigurationException("log(\"" + name + "\", ...) was called twice in " + hook.method()
                    + " with different options; use the same options, or another name");
        }
        if (Boolean.TRUE.equals(call.logger()) && rows.isEmpty()) {
            warnOnce("logger", "'" + name + "' was logged to the logger, but the Trainer has none; pass a logger to the Trainer");
        }
        m.suffix(options.loaderName() ? suffix : "");
        m.step = step;
        m.epoch = epoch;
        m.active = true;
        switch (value) {
            case Number n -> add(m, n.doubleValue(), call);
            case Tensor t -> add(m, scalar(name, t), call);
            case Metric<?> o -> add(m, o);
            default -> throw invalid(name, value);
        }
        if (options.onStep()) {
            m.fresh = true;
            publishStep(m);
        }
        if (options.onEpoch() && (inEvaluation ? evalEpochEnd : trainEpochEnd)) {
            publishEpoch(m);
        }
    }

    private void check(Hook hook, String name, Object value, LogRule rule, LogOptions options) {
        if (value == null) {
            throw invalid(name, null);
        }
        if (name.contains("/dataloader_idx_")) {
            throw new MisconfigurationException("the key '" + name + "' may not contain '/dataloader_idx_'; names of loaders are added by the Trainer");
        }
        if (options.onStep() && !rule.stepAllowed()) {
            throw new MisconfigurationException("log(\"" + name + "\", ..., Log.onStep()) is not possible in " + hook.method()
                    + ", which has no step; use Log.onEpoch()");
        }
        if (!options.onStep() && !options.onEpoch()) {
            throw new MisconfigurationException("log(\"" + name + "\", ...) with onStep and onEpoch both off is not useful; switch one on");
        }
    }

    private static IllegalArgumentException invalid(String name, Object value) {
        return new IllegalArgumentException("log(\"" + name + "\", " + value + "): " + (value == null ? "null" : "a " + value.getClass().getSimpleName())
                + " can't be logged; log a number, a tensor of one element, or a Metric (several at once: logDict)");
    }

    private Tensor scalar(String name, Tensor t) {
        if (t.numel() != 1) {
            throw new IllegalArgumentException("log(\"" + name + "\", tensor of shape " + t.shape()
                    + "): only single values can be logged; try log(\"" + name + "\", tensor.mean())");
        }
        if (!t.dtype().isFloat()) {
            warnOnce("int " + name, "'" + name + "' was logged as a tensor of " + t.dtype().torchName() + "; it is converted to float32");
        }
        Tensor value = t.detach();
        if (value.dim() != 0) {
            value = value.reshape();
        }
        return value.dtype() == DType.F64 ? value : value.to(DType.F32);
    }

    private void add(LoggedMetric m, double value, LogOptions call) {
        if (m.options.onStep()) {
            m.latest = new MetricValue(value, step, epoch);
        }
        if (m.options.onEpoch()) {
            m.accumulator.add(value, weight(m, call));
        }
    }

    private void add(LoggedMetric m, Tensor value, LogOptions call) {
        if (m.options.onStep()) {
            HostValue later = value.later();
            m.latest = new MetricValue(later::get, step, epoch);
        }
        if (m.options.onEpoch()) {
            m.accumulator.add(value, weight(m, call), device);
        }
    }

    private void add(LoggedMetric m, Metric<?> object) {
        m.object = object;
        if (m.options.onStep()) {
            HostValue later = m.single(object.compute()).reshape().later();
            m.latest = new MetricValue(later::get, step, epoch);
        }
    }

    private int weight(LoggedMetric m, LogOptions call) {
        if (call.batchSize() != null) {
            return call.batchSize();
        }
        if (m.options.reduce() != Reduce.MEAN || batch == null) {
            return 1;
        }
        if (batchSize < 0) {
            batchSize = sizes.of(batch, m.name);
        }
        return batchSize;
    }

    private void warnOnce(String key, String message) {
        if (warned.add(key)) {
            LOG.warn(message);
        }
    }

    // ---- publishing -------------------------------------------------------------------------------------------------

    private void publishStep(LoggedMetric m) {
        if (!inEvaluation) {
            callback.set(m.plainKey(), m.latest);
            callback.set(m.stepKey(), m.latest);
        }
        if (m.options.toLogger()) {
            logged.set(m.stepKey(), m.latest);
        }
        if (m.options.progressBar()) {
            progress.set(m.stepKey(), m.latest);
        }
    }

    private void publishEpoch(LoggedMetric m) {
        MetricValue v = m.epochValue();
        callback.set(m.plainKey(), v);
        callback.set(m.epochKey(), v);
        if (m.options.toLogger()) {
            logged.set(m.epochKey(), v);
        }
        if (m.options.progressBar()) {
            progress.set(m.epochKey(), v);
        }
    }

    /** Publishes the epoch values gathered so far, for all loaders and hooks. */
    void publishEpoch() {
        Engine.flush();
        (inEvaluation ? evaluation : training).values().stream().filter(m -> m.active && m.options.onEpoch()).forEach(this::publishEpoch);
    }

    /** Step values that no logger has seen, as one row. */
    void sendSteps(long x, boolean withEpoch) {
        Map<String, MetricValue> row = new LinkedHashMap<>();
        for (LoggedMetric m : (inEvaluation ? evaluation : training).values()) {
            if (m.fresh && m.loader == (inEvaluation ? loader : -1)) {
                m.fresh = false;
                if (m.options.toLogger()) {
                    row.put(m.stepKey(), m.latest);
                }
            }
        }
        rows.add(row, x, withEpoch ? epoch : -1);
    }

    /** The epoch values of training that loggers do not have yet, as one row. */
    void sendTrainEpoch(long x) {
        Engine.flush();
        Map<String, MetricValue> row = new LinkedHashMap<>();
        for (LoggedMetric m : training.values()) {
            if (m.active && !m.epochSent && m.options.onEpoch() && m.options.toLogger()) {
                m.epochSent = true;
                row.put(m.epochKey(), m.epochValue());
            }
        }
        callback.read();
        rows.add(row, x, epoch);
        rows.deliver();
    }

    /**
     * The epoch values of an evaluation, one map per loader; what was logged outside loaders is in each.
     *
     * @param send whether loggers get them
     */
    List<Map<String, Double>> finishEvaluation(int loaders, boolean named, long x, boolean send) {
        publishEpoch();
        Map<String, Double> shared = epochValues(-1);
        List<Map<String, Double>> results = new ArrayList<>();
        Map<String, MetricValue> row = new LinkedHashMap<>();
        for (int i = 0; i < loaders; i++) {
            Map<String, Double> own = named ? epochValues(i) : new LinkedHashMap<>();
            own.putAll(shared);
            results.add(own);
            own.forEach((k, v) -> row.put(k, new MetricValue(v, step, epoch)));
        }
        callback.read();
        logged.read();
        progress.read();
        if (send) {
            rows.add(row, x, epoch);
            rows.deliver();
        }
        return results;
    }

    private Map<String, Double> epochValues(int ofLoader) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (LoggedMetric m : evaluation.values()) {
            if (m.active && m.loader == ofLoader && m.options.onEpoch() && m.options.toLogger()) {
                values.put(m.epochKey(), m.epochValue().get());
            }
        }
        return values;
    }

    /** A row that callbacks and tools send by themselves. */
    void send(Map<String, Double> values, long x) {
        Map<String, MetricValue> row = new LinkedHashMap<>();
        values.forEach((k, v) -> row.put(k, new MetricValue(v, step, epoch)));
        rows.add(row, x, epoch);
    }

    void deliver() {
        rows.deliver();
    }

    void deliverOlder() {
        rows.deliverOlder();
    }

    MetricMap callbackMetrics() {
        return callback;
    }

    MetricMap loggedMetrics() {
        return logged;
    }

    MetricMap progressMetrics() {
        return progress;
    }

    // ---- saving -----------------------------------------------------------------------------------------------------

    /** Metric objects that evaluations log; they are reset when one ends. */
    Set<Metric<?>> metricsOfEvaluation() {
        Set<Metric<?>> objects = Collections.newSetFromMap(new IdentityHashMap<>());
        evaluation.values().stream().filter(m -> m.object != null).forEach(m -> objects.add(m.object));
        return objects;
    }

    boolean isInEvaluation() {
        return inEvaluation;
    }

    /**
     * Published values, and what the running epoch has gathered.
     *
     * @param names of metric objects
     */
    Map<String, Object> stateDict(Map<Metric<?>, String> names) {
        Engine.flush();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("published", callback.save());
        all.put("logged", logged.save());
        all.put("progress", progress.save());
        all.put("training", training.values().stream().filter(m -> m.active || m.fresh).map(m -> m.save(names)).toList());
        return all;
    }

    /**
     * @param insideEpoch whether the epoch that was being gathered goes on
     * @param objects metric objects by name
     */
    void loadStateDict(Map<String, Object> saved, boolean insideEpoch, Map<String, Metric<?>> objects) {
        callback.load(Json.map(saved, "published"));
        logged.load(Json.map(saved, "logged"));
        progress.load(Json.map(saved, "progress"));
        if (!insideEpoch) {
            return;
        }
        for (Object o : (List<?>) saved.get("training")) {
            LoggedMetric m = LoggedMetric.load(Json.map(o), objects, device);
            training.put(new Key(m.hook, m.name, -1), m);
        }
    }
}
