package dev.levin.trainer.config;

import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.TrainerBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The Trainer's flags by name, as a table: what the command line, config files and the environment may say. Names and defaults are
 * Lightning's ({@code max_epochs}); {@code maxEpochs} is understood too.
 *
 * {@snippet :
 * TrainerBuilder b = Trainer.builder();
 * TrainerFlags.fromEnvironment(b, System.getenv());          // LEVIN_TRAINER_MAX_EPOCHS=10
 * TrainerFlags.set(b, "limit_train_batches", "0.1");
 * }
 */
public final class TrainerFlags {
    /**
     * One flag.
     *
     * @param allowed what a value may be, in words
     * @param usual its value where nothing is said; may be null
     * @param choices the words it takes, for completion and for hints; empty where they can't be listed
     */
    public record Flag(String name, String allowed, Object usual, List<String> choices) {}

    /** Takes a value that has its type already, or throws {@link Unfit}. */
    private record Entry(Flag flag, BiConsumer<TrainerBuilder, Object> set) {}

    /** The value has the wrong type; the flag knows the words. */
    private static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unfit() {
            super(null, null, false, false);
        }
    }

    private static final String FRACTION = "a whole number of batches, or a fraction from 0.0 to 1.0";
    private static final Map<String, Entry> TABLE = new LinkedHashMap<>();

    static {
        text("accelerator", "auto, cpu, cuda or gpu", "auto", TrainerBuilder::accelerator, "auto", "cpu", "cuda", "gpu");
        text("strategy", "auto or a strategy's name", "auto", TrainerBuilder::strategy, "auto", "single_device");
        flag("devices", "auto, a number, -1 for all, or indices such as 0,2", "auto", (b, v) -> {
            if (v instanceof List<?> l) {
                b.devices(l.stream().map(TrainerFlags::whole).toList());
            } else {
                b.devices(String.valueOf(v));
            }
        });
        integer("num_nodes", "a whole number >= 1", 1, TrainerBuilder::numNodes);
        text("precision", "32-true, 64-true, bf16-mixed, bf16-true, 16-mixed or 16-true", "32-true", TrainerBuilder::precision,
                "32-true", "64-true", "bf16-mixed", "bf16-true", "16-mixed", "16-true");
        flag("logger", "true, false, or classes of loggers", true, (b, v) -> b.logger(bool(v)), "true", "false");
        flag("callbacks", "classes of callbacks", null, (b, v) -> {
            if (v != null) {
                throw new Unfit();
            }
        });
        orNull("max_epochs", "a whole number, or -1 for no limit", (b, v) -> b.maxEpochs(whole(v)));
        orNull("min_epochs", "a whole number >= 0", (b, v) -> b.minEpochs(whole(v)));
        integer("max_steps", "a whole number, or -1 for no limit", -1, TrainerBuilder::maxSteps);
        orNull("min_steps", "a whole number >= 0", (b, v) -> b.minSteps(whole(v)));
        orNull("max_time", "a time as DD:HH:MM:SS", (b, v) -> b.maxTime(String.valueOf(v)));
        flag("fast_dev_run", "true, false, or a number of batches", false, (b, v) -> {
            if (v instanceof Boolean on) {
                b.fastDevRun(on);
            } else {
                b.fastDevRun(whole(v));
            }
        }, "true", "false");
        limit("limit_train_batches", 1.0, TrainerBuilder::limitTrainBatches, TrainerBuilder::limitTrainBatches);
        limit("limit_val_batches", 1.0, TrainerBuilder::limitValBatches, TrainerBuilder::limitValBatches);
        limit("limit_test_batches", 1.0, TrainerBuilder::limitTestBatches, TrainerBuilder::limitTestBatches);
        limit("limit_predict_batches", 1.0, TrainerBuilder::limitPredictBatches, TrainerBuilder::limitPredictBatches);
        limit("overfit_batches", 0.0, TrainerBuilder::overfitBatches, TrainerBuilder::overfitBatches);
        flag("val_check_interval", FRACTION + ", or a time as DD:HH:MM:SS", 1.0, (b, v) -> {
            switch (v) {
                case Integer n -> b.valCheckInterval(n);
                case Double f -> b.valCheckInterval(f);
                case String s -> b.valCheckInterval(s);
                case null, default -> throw new Unfit();
            }
        });
        flag("check_val_every_n_epoch", "a whole number >= 1, or null", 1, (b, v) -> b.checkValEveryNEpoch(v == null ? null : whole(v)));
        integer("num_sanity_val_steps", "a whole number, or -1 for all", 2, TrainerBuilder::numSanityValSteps);
        integer("log_every_n_steps", "a whole number >= 0", 50, TrainerBuilder::logEveryNSteps);
        yesNo("enable_checkpointing", true, TrainerBuilder::enableCheckpointing);
        yesNo("enable_progress_bar", true, TrainerBuilder::enableProgressBar);
        yesNo("enable_model_summary", true, TrainerBuilder::enableModelSummary);
        integer("accumulate_grad_batches", "a whole number >= 1", 1, TrainerBuilder::accumulateGradBatches);
        orNull("gradient_clip_val", "a number", (b, v) -> b.gradientClipVal(number(v)));
        orNull("gradient_clip_algorithm", "norm or value", (b, v) -> b.gradientClipAlgorithm(String.valueOf(v)), "norm", "value");
        flag("deterministic", "true, false or warn", false, (b, v) -> {
            if (v instanceof String how) {
                b.deterministic(how);
            } else {
                b.deterministic(bool(v));
            }
        }, "true", "false", "warn");
        yesNo("benchmark", false, TrainerBuilder::benchmark);
        yesNo("inference_mode", true, TrainerBuilder::inferenceMode);
        orNull("profiler", "simple, advanced or chrome", (b, v) -> b.profiler(String.valueOf(v)), "simple", "advanced", "chrome");
        yesNo("detect_anomaly", false, TrainerBuilder::detectAnomaly);
        yesNo("barebones", false, TrainerBuilder::barebones);
        integer("reload_dataloaders_every_n_epochs", "a whole number >= 0", 0, TrainerBuilder::reloadDataloadersEveryNEpochs);
        yesNo("enable_autolog_hparams", true, TrainerBuilder::enableAutologHparams);
        orNull("default_root_dir", "a folder", (b, v) -> b.defaultRootDir(String.valueOf(v)));
    }

    private TrainerFlags() {
    }

    /** All flags, in the order of the documentation. */
    public static List<Flag> all() {
        return TABLE.values().stream().map(Entry::flag).toList();
    }

    /**
     * The flag of a name, in either spelling.
     *
     * @throws MisconfigurationException naming the nearest one there is
     */
    public static Flag named(String name) {
        Entry e = TABLE.get(snake(name));
        if (e == null) {
            throw new MisconfigurationException("unknown option trainer." + name + Nearest.hint("trainer." + name, TABLE.keySet().stream()
                    .map(n -> "trainer." + n).toList()) + " All of them: levin fit --help");
        }
        return e.flag;
    }

    /**
     * Sets a flag from text, a number, a boolean, a list or null.
     *
     * @throws MisconfigurationException naming the flag and the nearest one there is, or the value and what is allowed
     */
    public static void set(TrainerBuilder builder, String name, Object value) {
        Flag flag = named(name);
        try {
            TABLE.get(flag.name).set.accept(builder, value instanceof String s ? Settings.scalar(s) : value);
        } catch (Unfit e) {
            throw new MisconfigurationException("trainer." + flag.name + "=" + value + " is not possible" + hint(flag, value) + "; use " + flag.allowed, e);
        } catch (IllegalArgumentException e) {
            throw new MisconfigurationException("trainer." + flag.name + ": " + e.getMessage() + hint(flag, value), e);
        }
    }

    private static String hint(Flag flag, Object value) {
        return Nearest.to(String.valueOf(value), flag.choices).map(c -> "; did you mean '" + c + "'?").orElse("");
    }

    /** Sets several flags. */
    public static void set(TrainerBuilder builder, Map<String, ?> flags) {
        flags.forEach((name, value) -> set(builder, name, value));
    }

    /** Sets what variables such as {@code LEVIN_TRAINER_MAX_EPOCHS} say; flags set afterwards win. */
    public static void fromEnvironment(TrainerBuilder builder, Map<String, String> environment) {
        set(builder, new Settings().environment(environment).section("trainer"));
    }

    /** {@code max_epochs} of {@code maxEpochs}, {@code max-epochs} or itself. */
    static String snake(String name) {
        StringBuilder s = new StringBuilder();
        for (char c : name.replace('-', '_').toCharArray()) {
            if (Character.isUpperCase(c)) {
                s.append('_').append(Character.toLowerCase(c));
            } else {
                s.append(c);
            }
        }
        return s.toString();
    }

    // ---- rows of the table ----------------------------------------------------------------------------------------------

    private static void flag(String name, String allowed, Object usual, BiConsumer<TrainerBuilder, Object> set, String... choices) {
        TABLE.put(name, new Entry(new Flag(name, allowed, usual, List.of(choices)), set));
    }

    private static void text(String name, String allowed, String usual, BiConsumer<TrainerBuilder, String> set, String... choices) {
        flag(name, allowed, usual, (b, v) -> {
            if (v == null) {
                throw new Unfit();
            }
            set.accept(b, v.toString());
        }, choices);
    }

    private static void integer(String name, String allowed, int usual, BiConsumer<TrainerBuilder, Integer> set) {
        flag(name, allowed, usual, (b, v) -> set.accept(b, whole(v)));
    }

    private static void yesNo(String name, boolean usual, BiConsumer<TrainerBuilder, Boolean> set) {
        flag(name, "true or false", usual, (b, v) -> set.accept(b, bool(v)), "true", "false");
    }

    private static void limit(String name, double usual, BiConsumer<TrainerBuilder, Integer> batches, BiConsumer<TrainerBuilder, Double> fraction) {
        flag(name, FRACTION, usual, (b, v) -> {
            switch (v) {
                case Integer n -> batches.accept(b, n);
                case Double f -> fraction.accept(b, f);
                case null, default -> throw new Unfit();
            }
        });
    }

    /** A flag that null leaves alone. */
    private static void orNull(String name, String allowed, BiConsumer<TrainerBuilder, Object> set, String... choices) {
        flag(name, allowed + ", or null", null, (b, v) -> {
            if (v != null) {
                set.accept(b, v);
            }
        }, choices);
    }

    private static int whole(Object v) {
        return switch (v) {
            case Integer n -> n;
            case Double d when d == Math.rint(d) && Math.abs(d) < Integer.MAX_VALUE -> d.intValue();
            case null, default -> throw new Unfit();
        };
    }

    private static double number(Object v) {
        if (v instanceof Number n) {
            return n.doubleValue();
        }
        throw new Unfit();
    }

    private static boolean bool(Object v) {
        if (v instanceof Boolean on) {
            return on;
        }
        throw new Unfit();
    }
}
