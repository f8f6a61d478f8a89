package dev.levin.examples.cli;

import dev.levin.trainer.Durations;
import dev.levin.trainer.TrainerBuilder;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The flags of a Trainer that config files, variables and options may set, under Lightning's names, with its defaults. */
final class TrainerFlags {
    /**
     * One flag.
     *
     * @param allowed what a value may be, in words
     * @param usual default value
     */
    record Flag(String name, String allowed, Object usual, BiConsumer<TrainerBuilder, Object> set) {
        /** @throws IllegalArgumentException naming the flag, the value and what is allowed */
        void apply(TrainerBuilder builder, Object value) {
            try {
                set.accept(builder, value);
            } catch (Unfit e) {
                throw new IllegalArgumentException("trainer." + name + "=" + value + " is not possible; use " + allowed);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("trainer." + name + ": " + e.getMessage(), e);
            }
        }
    }

    /** The value has the wrong type; the flag knows the words. */
    private static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unfit() {
            super(null, null, false, false);
        }
    }

    private static final String FRACTION = "a whole number of batches, or a fraction from 0.0 to 1.0";

    private static final Map<String, Flag> FLAGS = List.of(
            text("accelerator", "auto, cpu, cuda or gpu", "auto", TrainerBuilder::accelerator),
            text("strategy", "auto or a strategy's name", "auto", TrainerBuilder::strategy),
            new Flag("devices", "auto, a number, or indices such as 0,2", "auto", (b, v) -> {
                if (v instanceof List<?> l) {
                    b.devices(l.stream().map(TrainerFlags::whole).toList());
                } else {
                    b.devices(String.valueOf(v));
                }
            }),
            integer("num_nodes", "a whole number >= 1", 1, TrainerBuilder::numNodes),
            text("precision", "32-true, 64-true, bf16-mixed, bf16-true, 16-mixed or 16-true", "32-true",
                    TrainerBuilder::precision),
            orNull("max_epochs", "a whole number, or -1 for no limit", (b, v) -> b.maxEpochs(whole(v))),
            orNull("min_epochs", "a whole number >= 0", (b, v) -> b.minEpochs(whole(v))),
            integer("max_steps", "a whole number, or -1 for no limit", -1, TrainerBuilder::maxSteps),
            orNull("min_steps", "a whole number >= 0", (b, v) -> b.minSteps(whole(v))),
            orNull("max_time", "a time as DD:HH:MM:SS", (b, v) -> b.maxTime(Durations.parse(String.valueOf(v)))),
            new Flag("fast_dev_run", "true, false, or a number of batches", false, (b, v) -> {
                if (v instanceof Boolean on) {
                    b.fastDevRun(on);
                } else {
                    b.fastDevRun(whole(v));
                }
            }),
            limit("limit_train_batches", 1.0, TrainerBuilder::limitTrainBatches, TrainerBuilder::limitTrainBatches),
            limit("limit_val_batches", 1.0, TrainerBuilder::limitValBatches, TrainerBuilder::limitValBatches),
            limit("limit_test_batches", 1.0, TrainerBuilder::limitTestBatches, TrainerBuilder::limitTestBatches),
            limit("limit_predict_batches", 1.0, TrainerBuilder::limitPredictBatches, TrainerBuilder::limitPredictBatches),
            limit("overfit_batches", 0.0, TrainerBuilder::overfitBatches, TrainerBuilder::overfitBatches),
            new Flag("val_check_interval", FRACTION + ", or a time as DD:HH:MM:SS", 1.0, (b, v) -> {
                switch (v) {
                    case Integer n -> b.valCheckInterval(n);
                    case Double f -> b.valCheckInterval(f);
                    case String s -> b.valCheckInterval(s);
                    case null, default -> throw new Unfit();
                }
            }),
            new Flag("check_val_every_n_epoch", "a whole number >= 1, or null", 1, (b, v) -> b.checkValEveryNEpoch(v == null ? null : whole(v))),
            integer("num_sanity_val_steps", "a whole number, or -1 for all", 2, TrainerBuilder::numSanityValSteps),
            integer("log_every_n_steps", "a whole number >= 0", 50, TrainerBuilder::logEveryNSteps),
            flag("enable_checkpointing", true, TrainerBuilder::enableCheckpointing),
            flag("enable_progress_bar", true, TrainerBuilder::enableProgressBar),
            flag("enable_model_summary", true, TrainerBuilder::enableModelSummary),
            integer("accumulate_grad_batches", "a whole number >= 1", 1, TrainerBuilder::accumulateGradBatches),
            orNull("gradient_clip_val", "a number", (b, v) -> b.gradientClipVal(number(v))),
            orNull("gradient_clip_algorithm", "norm or value", (b, v) -> b.gradientClipAlgorithm(String.valueOf(v))),
            flag("deterministic", false, TrainerBuilder::deterministic),
            flag("inference_mode", true, TrainerBuilder::inferenceMode),
            flag("detect_anomaly", false, TrainerBuilder::detectAnomaly),
            flag("barebones", false, TrainerBuilder::barebones),
            integer("reload_dataloaders_every_n_epochs", "a whole number >= 0", 0, TrainerBuilder::reloadDataloadersEveryNEpochs),
            flag("enable_autolog_hparams", true, TrainerBuilder::enableAutologHparams),
            orNull("default_root_dir", "a folder", (b, v) -> b.defaultRootDir(String.valueOf(v))))
            .stream().collect(Collectors.toMap(Flag::name, Function.identity(), (a, b) -> a, java.util.LinkedHashMap::new));

    /** Set by class names rather than by a plain value; {@link RunConfig} makes the objects. */
    static final List<String> OBJECTS = List.of("logger", "callbacks");

    private TrainerFlags() {
    }

    static Map<String, Flag> all() {
        return FLAGS;
    }

    /** @throws IllegalArgumentException naming the nearest flag there is */
    static Flag named(String name) {
        Flag f = FLAGS.get(name);
        if (f == null) {
            List<String> names = java.util.stream.Stream.concat(FLAGS.keySet().stream(), OBJECTS.stream()).map(n -> "trainer." + n).toList();
            throw new IllegalArgumentException("unknown option trainer." + name + Nearest.hint("trainer." + name, names)
                    + " All of them: levin fit --help");
        }
        return f;
    }

    private static Flag text(String name, String allowed, String usual, BiConsumer<TrainerBuilder, String> set) {
        return new Flag(name, allowed, usual, (b, v) -> {
            if (v == null) {
                throw new Unfit();
            }
            set.accept(b, v.toString());
        });
    }

    private static Flag integer(String name, String allowed, int usual, BiConsumer<TrainerBuilder, Integer> set) {
        return new Flag(name, allowed, usual, (b, v) -> set.accept(b, whole(v)));
    }

    private static Flag flag(String name, boolean usual, BiConsumer<TrainerBuilder, Boolean> set) {
        return new Flag(name, "true or false", usual, (b, v) -> {
            if (!(v instanceof Boolean on)) {
                throw new Unfit();
            }
            set.accept(b, on);
        });
    }

    private static Flag limit(String name, double usual, BiConsumer<TrainerBuilder, Integer> batches, BiConsumer<TrainerBuilder, Double> fraction) {
        return new Flag(name, FRACTION, usual, (b, v) -> {
            switch (v) {
                case Integer n -> batches.accept(b, n);
                case Double f -> fraction.accept(b, f);
                case null, default -> throw new Unfit();
            }
        });
    }

    /** A flag that null leaves alone. */
    private static Flag orNull(String name, String allowed, BiConsumer<TrainerBuilder, Object> set) {
        return new Flag(name, allowed + ", or null", null, (b, v) -> {
            if (v != null) {
                set.accept(b, v);
            }
        });
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
}
