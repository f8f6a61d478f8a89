package dev.levin.trainer.config;

import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.Scheduler;
import dev.levin.tensor.Parameter;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Optimizers;
import dev.levin.trainer.SchedulerConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The optimizer and the scheduler that a configuration names:
 * <pre>
 * optimizer: {class: AdamW, lr: 0.001, weight_decay: 0.1}
 * lr_scheduler: {class: ReduceLROnPlateau, patience: 3, monitor: val_loss}
 * </pre>
 * Options that are not given have the optimizer's usual values. {@code interval}, {@code frequency}, {@code monitor} and
 * {@code strict} say when the scheduler steps.
 */
final class OptimizerMaker {
    private static final List<String> WHEN = List.of("interval", "frequency", "monitor", "strict");

    private final Class<? extends Optimizer> optimizer;
    private final Map<String, Object> options;
    private final Class<? extends Scheduler> scheduler;
    private final Map<String, Object> schedule;

    /**
     * Finds the classes.
     *
     * @throws MisconfigurationException naming the nearest class
     */
    OptimizerMaker(Settings settings, AllowedClasses classes) {
        options = settings.section("optimizer");
        schedule = settings.section("lr_scheduler");
        optimizer = kind(options, "optimizer", classes, Optimizer.class);
        scheduler = schedule.isEmpty() ? null : kind(schedule, "lr_scheduler", classes, Scheduler.class);
        if (scheduler != null && optimizer == null) {
            throw new MisconfigurationException("lr_scheduler needs an optimizer whose rate it changes: give one with optimizer, such as AdamW");
        }
    }

    private static <T> Class<? extends T> kind(Map<String, Object> section, String name, AllowedClasses classes, Class<T> kind) {
        if (section.isEmpty()) {
            return null;
        }
        if (section.get("class") == null) {
            throw new MisconfigurationException(name + " names no class, but has " + section.keySet() + "; write {class: NAME, ...}, one of " + classes.names(kind));
        }
        return classes.find(section.get("class").toString(), kind, name).asSubclass(kind);
    }

    /** Whether the configuration names an optimizer. */
    boolean isNamed() {
        return optimizer != null;
    }

    /** Optimizer and scheduler of a model's parameters. */
    Optimizers of(LightningModule<?> model) {
        Optimizer made = optimizer(model.parameters());
        if (scheduler == null) {
            return Optimizers.of(made);
        }
        Map<String, Object> arguments = new LinkedHashMap<>(schedule);
        WHEN.forEach(arguments::remove);
        SchedulerConfig config = SchedulerConfig.of(ObjectMaker.make(scheduler, arguments, "lr_scheduler", made));
        int frequency = schedule.get("frequency") instanceof Integer n ? n : 1;
        config = config.every(frequency, SchedulerConfig.Interval.parse(String.valueOf(schedule.getOrDefault("interval", "epoch"))));
        if (schedule.get("monitor") != null) {
            config = config.monitor(schedule.get("monitor").toString());
        }
        return Optimizers.of(made, Boolean.FALSE.equals(schedule.get("strict")) ? config.lenient() : config);
    }

    /** First with nothing but a rate, to learn the usual values of the options; then with these, where others were given. */
    private Optimizer optimizer(List<Parameter> parameters) {
        Map<String, Object> rate = new LinkedHashMap<>();
        if (options.get("lr") != null) {
            rate.put("lr", options.get("lr"));
        }
        if (options.size() - (options.containsKey("class") ? 1 : 0) == rate.size()) {
            return ObjectMaker.make(optimizer, rate, "optimizer", parameters);
        }
        rate.putIfAbsent("lr", 1e-3);
        Map<String, Object> all = new LinkedHashMap<>();
        ObjectMaker.make(optimizer, rate, "optimizer", parameters).defaults().forEach((name, usual) -> all.put(plain(name), usual));
        for (String off : List.of("amsgrad", "maximize", "nesterov", "centered")) {
            all.put(off, false);
        }
        options.forEach((name, value) -> all.put(name.equals("class") ? name : plain(name), value));
        Map<String, Object> taken = new LinkedHashMap<>();
        int most = 0;
        for (var c : optimizer.getDeclaredConstructors()) {
            if (c.getParameterCount() > most) {
                most = c.getParameterCount();
                taken.clear();
                for (var p : c.getParameters()) {
                    if (all.containsKey(plain(p.getName()))) {
                        taken.put(p.getName(), all.get(plain(p.getName())));
                    }
                }
            }
        }
        // What was given under another name is for ObjectMaker to complain about.
        options.forEach((name, value) -> {
            if (taken.keySet().stream().noneMatch(t -> plain(t).equals(plain(name)))) {
                taken.put(name, value);
            }
        });
        return ObjectMaker.make(optimizer, taken, "optimizer", parameters, List.of(ParamGroup.of(parameters)));
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
