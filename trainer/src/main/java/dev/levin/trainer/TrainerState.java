package dev.levin.trainer;

import dev.levin.metrics.Metric;
import dev.levin.metrics.MetricCollection;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.LoggerFactory;

/** Everything a run is made of, to and from a checkpoint. */
final class TrainerState {
    private static final String RNG = "rng";

    private final Trainer trainer;

    TrainerState(Trainer trainer) {
        this.trainer = trainer;
    }

    // ---- saving -------------------------------------------------------------------------------------------------------

    Checkpoint dump(boolean weightsOnly) {
        Engine.flush();
        LightningModule<Object> module = trainer.lightningModule();
        FitProgress progress = trainer.fitLoop().progress();
        Map<String, Object> c = new LinkedHashMap<>();
        c.put("epoch", progress.epoch);
        c.put("global_step", progress.globalStep);
        c.put("levin_version", "0.1");
        c.put("state_dict", new LinkedHashMap<>(module.stateDict()));
        c.put("loops", trainer.loopStates());
        hyperParameters(c, module);
        if (!weightsOnly) {
            training(c, module, progress);
        }
        DataModule<Object> data = trainer.dataModule();
        if (data != null) {
            Map<String, Object> state = data.stateDict();
            if (!state.isEmpty()) {
                c.put(dataKey(data), new LinkedHashMap<>(state));
            }
        }
        HookRunner hooks = trainer.hooks();
        if (!weightsOnly) {
            hooks.callbacks(Hook.ON_SAVE_CHECKPOINT, cb -> cb.onSaveCheckpoint(trainer, module, c));
        }
        hooks.call(Hook.ON_SAVE_CHECKPOINT, () -> module.onSaveCheckpoint(c));
        return new Checkpoint(c, null);
    }

    static String dataKey(DataModule<?> data) {
        return "datamodule/" + data.getClass().getSimpleName();
    }

    private void hyperParameters(Map<String, Object> c, LightningModule<Object> module) {
        c.put("hparams_name", module.getClass().getName());
        if (!module.hparams().isEmpty()) {
            c.put("hyper_parameters", module.hparams().values());
        }
        DataModule<Object> data = trainer.dataModule();
        if (data != null && !data.hparams().isEmpty()) {
            c.put("datamodule_hparams_name", data.getClass().getName());
            c.put("datamodule_hyper_parameters", data.hparams().values());
        }
    }

    private void training(Map<String, Object> c, LightningModule<Object> module, FitProgress progress) {
        Map<String, Object> callbacks = new LinkedHashMap<>();
        trainer.hooks().callbacks(Hook.STATE_DICT, cb -> callbacks.put(cb.stateKey(), new LinkedHashMap<>(cb.stateDict())));
        c.put("callbacks", callbacks);
        c.put("optimizer_states", trainer.rawOptimizers().stream().map(Optimizer::stateDict).toList());
        c.put("lr_schedulers", trainer.schedulerConfigs().stream().map(s -> s.scheduler().stateDict()).toList());
        Map<String, Object> precision = trainer.precision().stateDict();
        if (!precision.isEmpty()) {
            c.put(trainer.precision().stateKey(), precision);
        }
        long[] rng = trainer.rngForCheckpoint();
        c.put(RNG, List.of(rng[0], rng[1]));
        Map<Metric<?>, String> names = new IdentityHashMap<>();
        members(metrics(module)).forEach((name, metric) -> names.put(metric, name));
        c.put("metrics", trainer.metricLog().stateDict(names));
        c.put("metric_states", metricStates(module));
        BatchSource source = trainer.fitLoop().source();
        Map<String, Object> loader = source == null ? null : source.stateDict();
        if (loader != null) {
            c.put("train_loader", loader);
        }
        if (progress.contributions > 0) {
            c.put("gradients", gradients(module));
        }
    }

    private static Map<String, Object> gradients(LightningModule<Object> module) {
        Map<String, Object> m = new LinkedHashMap<>();
        module.namedParameters().forEach((name, p) -> {
            if (p.grad() != null) {
                m.put(name, p.grad());
            }
        });
        return m;
    }

    /** Metric objects in fields of the module. */
    private static Map<String, Metric<?>> metrics(LightningModule<Object> module) {
        Map<String, Metric<?>> found = new LinkedHashMap<>();
        for (Class<?> c = module.getClass(); c != LightningModule.class; c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) && f.trySetAccessible()) {
                    try {
                        if (f.get(module) instanceof Metric<?> m) {
                            found.put(f.getName(), m);
                        }
                    } catch (IllegalAccessException e) {
                        throw new AssertionError("the field was made accessible", e);
                    }
                }
            }
        }
        return found;
    }

    /** Those metrics, and what collections among them hold. */
    private static Map<String, Metric<?>> members(Map<String, Metric<?>> metrics) {
        Map<String, Metric<?>> all = new LinkedHashMap<>(metrics);
        metrics.forEach((name, m) -> {
            if (m instanceof MetricCollection c) {
                all.putAll(c.metrics(name + "."));
            }
        });
        return all;
    }

    /** How often each metric object has changed; tells which of them a validation run uses. */
    static Map<Metric<?>, Long> metricVersions(LightningModule<Object> module) {
        Map<Metric<?>, Long> m = new IdentityHashMap<>();
        metrics(module).values().forEach(metric -> m.put(metric, version(metric)));
        return m;
    }

    private static long version(Metric<?> metric) {
        return metric.state().stream().mapToLong(s -> s instanceof VariableTensor v ? v.variable().version() : 0).sum();
    }

    /** Without those that start anew: of a validation that is to be done again, or that is over. */
    private Map<String, Object> metricStates(LightningModule<Object> module) {
        Map<String, Object> m = new LinkedHashMap<>();
        Set<Metric<?>> evaluated = trainer.metricLog().metricsOfEvaluation();
        metrics(module).forEach((name, metric) -> {
            Long before = trainer.validationIsUndone() ? trainer.metricsBeforeValidation().get(metric) : null;
            boolean again = before != null && before != version(metric);
            boolean anew = trainer.metricLog().isInEvaluation() && members(Map.of(name, metric)).values().stream().anyMatch(evaluated::contains);
            if (!again && !anew) {
                m.put(name, new ArrayList<>(metric.state()));
            }
        });
        return m;
    }

    // ---- loading ------------------------------------------------------------------------------------------------------

    /** What is loaded before optimizers exist: weights, data module, callbacks. */
    void restoreModel(Checkpoint checkpoint, boolean fitting) {
        LightningModule<Object> module = trainer.lightningModule();
        Map<String, Object> c = checkpoint.mutable();
        HookRunner hooks = trainer.hooks();
        hooks.call(Hook.ON_LOAD_CHECKPOINT, () -> module.onLoadCheckpoint(c));
        checkpoint.loadWeights(module, module.strictLoading());
        DataModule<Object> data = trainer.dataModule();
        if (data != null && c.get(dataKey(data)) instanceof Map<?, ?> state) {
            data.loadStateDict(Json.map(state));
        }
        if (checkpoint.isWeightsOnly()) {
            if (fitting) {
                throw new CheckpointException(checkpoint.file() + " holds only the model (it was saved with weightsOnly), so training can't be resumed "
                        + "from it; load it with loadFromCheckpoint and start a new fit");
            }
            return;
        }
        restoreCallbacks(c, module, hooks);
    }

    private void restoreCallbacks(Map<String, Object> c, LightningModule<Object> module, HookRunner hooks) {
        hooks.callbacks(Hook.ON_LOAD_CHECKPOINT, cb -> cb.onLoadCheckpoint(trainer, module, c));
        Map<String, Object> states = Json.map(c, "callbacks");
        TreeSet<String> unknown = new TreeSet<>(states.keySet());
        hooks.callbacks().forEach(cb -> unknown.remove(cb.stateKey()));
        if (!unknown.isEmpty()) {
            LoggerFactory.getLogger(Trainer.class).warn("the checkpoint has state of callbacks that this Trainer does not have: {}; add them to go on with it",
                    unknown);
        }
        hooks.callbacks(Hook.LOAD_STATE_DICT, cb -> {
            if (states.get(cb.stateKey()) instanceof Map<?, ?> state) {
                cb.loadStateDict(Json.map(state));
            }
        });
    }

    /** What is loaded once optimizers exist. */
    void restoreTraining(Checkpoint checkpoint) {
        Map<String, Object> c = checkpoint.mutable();
        if (c.get(trainer.precision().stateKey()) instanceof Map<?, ?> state) {
            trainer.precision().loadStateDict(Json.map(state));
        }
        Object loader = c.get("train_loader");
        Map<String, Object> loops = Json.map(c, "loops");
        trainer.fitLoop().restore(Json.map(loops, "fit_loop"), loader == null ? null : Json.map(loader));
        trainer.validationLoop().loadStateDict(Json.map(loops, "validate_loop"));
        List<?> optimizers = (List<?>) c.get("optimizer_states");
        List<Optimizer> present = trainer.rawOptimizers();
        sizes("optimizers", optimizers.size(), present.size());
        for (int i = 0; i < present.size(); i++) {
            present.get(i).loadStateDict(Json.map(optimizers.get(i)));
        }
        List<?> schedulers = (List<?>) c.get("lr_schedulers");
        List<SchedulerConfig> configs = trainer.schedulerConfigs();
        sizes("schedulers", schedulers.size(), configs.size());
        for (int i = 0; i < configs.size(); i++) {
            configs.get(i).scheduler().loadStateDict(Json.map(schedulers.get(i)));
        }
        FitProgress p = trainer.fitLoop().progress();
        boolean inside = p.position != Position.BETWEEN_EPOCHS && p.position != Position.EPOCH_END;
        trainer.metricLog().loadStateDict(Json.map(c, "metrics"), inside, members(metrics(trainer.lightningModule())));
        if (inside) {
            restoreMetricStates(Json.map(c, "metric_states"));
        }
    }

    private static void sizes(String what, int saved, int configured) {
        if (saved != configured) {
            throw new CheckpointException("the checkpoint has " + saved + " " + what + ", configureOptimizers() gives " + configured
                    + "; configure the same number, in the same order");
        }
    }

    private void restoreMetricStates(Map<String, Object> saved) {
        metrics(trainer.lightningModule()).forEach((name, metric) -> {
            if (saved.get(name) instanceof List<?> values) {
                try {
                    metric.loadState(values.stream().map(Tensor.class::cast).toList());
                } catch (IllegalArgumentException e) {
                    throw new CheckpointException("the state of the metric '" + name + "' does not fit: " + e.getMessage(), e);
                }
            }
        });
        Engine.flush();
    }

    /** Last of all, right before the loop: gradients of an open window, and the random numbers. */
    void restoreVolatile(Checkpoint checkpoint) {
        Map<String, Object> c = checkpoint.mutable();
        if (c.get("gradients") instanceof Map<?, ?> saved) {
            Map<String, Parameter> parameters = trainer.lightningModule().namedParameters();
            saved.forEach((name, g) -> {
                Parameter p = parameters.get((String) name);
                if (p != null) {
                    p.setGrad((Tensor) g);
                }
            });
            Engine.flush();
        }
        List<?> rng = (List<?>) c.get(RNG);
        Generator.global().setState(new long[] {((Number) rng.get(0)).longValue(), ((Number) rng.get(1)).longValue()});
    }
}
