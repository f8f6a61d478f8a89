package dev.levin.trainer.config;

import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The objects that {@link Settings} describe: a Trainer with callbacks, loggers and, if one is named, an optimizer; a model; a data
 * module. Class names are looked up in {@link AllowedClasses} and nowhere else.
 *
 * {@snippet :
 * RunConfig run = new RunConfig(new Settings().file(Path.of("run.yaml")), AllowedClasses.in("com.acme"));
 * run.trainer().build().fit(run.model(), run.data().orElseThrow());
 * }
 */
public final class RunConfig {
    private static final long MOST = (1L << 32) - 1;

    private final Settings settings;
    private final AllowedClasses classes;

    /** @throws MisconfigurationException for a flag that the Trainer has not */
    public RunConfig(Settings settings, AllowedClasses classes) {
        this.settings = settings;
        this.classes = classes;
        settings.section("trainer").keySet().forEach(TrainerFlags::named);
    }

    /** {@code seed_everything}; 0 if nothing is said. */
    public long seed() {
        return switch (settings.get("seed_everything")) {
            case null -> 0;
            case Integer n when n >= 0 -> n;
            case Long n when n >= 0 && n <= MOST -> n;
            case Object o -> throw new MisconfigurationException("seed_everything=" + o + " is not possible; use a whole number from 0 to " + MOST);
        };
    }

    /** {@code out}: where logs and checkpoints go; {@code runs} if nothing is said. */
    public Path out() {
        return Path.of(String.valueOf(settings.get("out") == null ? "runs" : settings.get("out")));
    }

    /** A builder with all flags that are set, the callbacks, the loggers if any are named, and the optimizer if one is. */
    public TrainerBuilder trainer() {
        TrainerBuilder b = Trainer.builder().defaultRootDir(out());
        settings.section("trainer").forEach((name, value) -> {
            if (name.equals("callbacks")) {
                b.callbacks(callbacks().toArray(Callback[]::new));
            } else if (name.equals("logger") && !(value instanceof Boolean) && value != null) {
                b.logger(loggers().orElseThrow().toArray(Logger[]::new));
            } else if (!name.equals("logger") || value != null) {
                TrainerFlags.set(b, name, value);
            }
        });
        OptimizerMaker optimizer = new OptimizerMaker(settings, classes);
        return optimizer.isNamed() ? b.optimizers(optimizer::of) : b;
    }

    public List<Callback> callbacks() {
        return Settings.list(settings.get("trainer.callbacks")).stream().map(c -> object(c, Callback.class, "trainer.callbacks")).toList();
    }

    /** The loggers that are named; none for {@code false}; empty if nothing is said but {@code true}. */
    public Optional<List<Logger>> loggers() {
        return switch (settings.get("trainer.logger")) {
            case null -> Optional.empty();
            case Boolean on -> on ? Optional.empty() : Optional.of(List.of());
            case Object wanted -> Optional.of(Settings.list(wanted).stream().map(l -> object(l, Logger.class, "trainer.logger")).toList());
        };
    }

    /**
     * The model; seed the random numbers first.
     *
     * @throws MisconfigurationException if none is named
     */
    public LightningModule<Object> model() {
        return untyped(object(settings.section("model"), LightningModule.class, "model"));
    }

    /** The class of the model, not made yet. */
    public Class<?> modelClass() {
        return kind(settings.section("model"), LightningModule.class, "model");
    }

    /** Empty if none is named. */
    public Optional<DataModule<Object>> data() {
        Map<String, Object> data = settings.section("data");
        return data.isEmpty() ? Optional.empty() : Optional.of(untyped(object(data, DataModule.class, "data")));
    }

    /** Makes what was found wanting nothing, so that all mistakes show before anything runs. */
    public void check() {
        seed();
        trainer();
    }

    /** Everything that is said, and the usual value of every flag of which nothing is; what {@code --print-config} shows. */
    public Map<String, Object> describe() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("seed_everything", seed());
        all.put("out", out().toString());
        Map<String, Object> said = settings.tree();
        Settings.SECTIONS.stream().filter(s -> said.get(s) != null).forEach(s -> all.put(s, said.get(s)));
        Map<String, Object> flags = new LinkedHashMap<>();
        TrainerFlags.all().forEach(f -> flags.put(f.name(), f.usual()));
        flags.putAll(settings.section("trainer"));
        all.put("trainer", flags);
        return all;
    }

    private Class<?> kind(Map<?, ?> described, Class<?> kind, String where) {
        if (described.get("class") == null) {
            throw new MisconfigurationException(where + (described.isEmpty() ? "" : ": " + described) + " names no class; write a name, or "
                    + "{class: NAME, argument: value}");
        }
        return classes.find(described.get("class").toString(), kind, kind == LightningModule.class ? "model" : kind == DataModule.class ? "data"
                : kind.getSimpleName().toLowerCase(Locale.ROOT));
    }

    private <T> T object(Object described, Class<T> kind, String where) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (described instanceof Map<?, ?> m) {
            m.forEach((k, v) -> values.put(String.valueOf(k), v));
        } else {
            values.put("class", described);
        }
        return ObjectMaker.make(kind(values, kind, where).asSubclass(kind), values, where);
    }

    @SuppressWarnings("unchecked")
    private static LightningModule<Object> untyped(LightningModule<?> module) {
        return (LightningModule<Object>) module;
    }

    @SuppressWarnings("unchecked")
    private static DataModule<Object> untyped(DataModule<?> module) {
        return (DataModule<Object>) module;
    }
}
