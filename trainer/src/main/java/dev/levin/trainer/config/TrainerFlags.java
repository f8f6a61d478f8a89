package dev.levin.trainer.config;

import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.trainer.profiler.SimpleProfiler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The Trainer's flags by name, as a table. Names are Lightning's ({@code max_epochs}); {@code maxEpochs} is understood too.
 *
 * {@snippet :
 * TrainerBuilder b = Trainer.builder();
 * TrainerFlags.fromEnvironment(b, System.getenv());          // LEVIN_TRAINER_MAX_EPOCHS=10
 * TrainerFlags.set(b, ConfigFiles.read(Path.of("base.yaml")).trainer());
 * TrainerFlags.set(b, "max_epochs", "20");
 * }
 */
public final class TrainerFlags {
    private static final String PREFIX = "LEVIN_TRAINER_";

    /** What a flag takes, for help texts. */
    public record Flag(String name, String values) {}

    private record Setter(String values, BiConsumer<TrainerBuilder, Value> apply) {}

    private static final Map<String, Setter> TABLE = new LinkedHashMap<>();

    static {
        flag("accelerator", "auto|cpu|cuda|gpu", (b, v) -> b.accelerator(v.text()));
        flag("strategy", "auto|single_device", (b, v) -> b.strategy(v.text()));
        flag("devices", "auto|n|-1|i,j", (b, v) -> b.devices(v.text()));
        flag("num_nodes", "n", (b, v) -> b.numNodes(v.integer()));
        flag("precision", "32-true|64-true|16-mixed|bf16-mixed|16-true|bf16-true", (b, v) -> b.precision(v.text()));
        flag("logger", "true|false", (b, v) -> b.logger(v.bool()));
        flag("fast_dev_run", "true|false|n", (b, v) -> {
            if (v.isBool()) {
                b.fastDevRun(v.bool());
            } else {
                b.fastDevRun(v.integer());
            }
        });
        flag("max_epochs", "n|-1", (b, v) -> b.maxEpochs(v.integer()));
        flag("min_epochs", "n", (b, v) -> b.minEpochs(v.integer()));
        flag("max_steps", "n|-1", (b, v) -> b.maxSteps(v.integer()));
        flag("min_steps", "n", (b, v) -> b.minSteps(v.integer()));
        flag("max_time", "DD:HH:MM:SS", (b, v) -> b.maxTime(v.text()));
        limit("limit_train_batches", TrainerBuilder::limitTrainBatches, TrainerBuilder::limitTrainBatches);
        limit("limit_val_batches", TrainerBuilder::limitValBatches, TrainerBuilder::limitValBatches);
        limit("limit_test_batches", TrainerBuilder::limitTestBatches, TrainerBuilder::limitTestBatches);
        limit("limit_predict_batches", TrainerBuilder::limitPredictBatches, TrainerBuilder::limitPredictBatches);
        limit("overfit_batches", TrainerBuilder::overfitBatches, TrainerBuilder::overfitBatches);
        flag("val_check_interval", "n|fraction|DD:HH:MM:SS", (b, v) -> {
            if (v.text().contains(":")) {
                b.valCheckInterval(v.text());
            } else if (v.isInteger()) {
                b.valCheckInterval(v.integer());
            } else {
                b.valCheckInterval(v.number());
            }
        });
        flag("check_val_every_n_epoch", "n|null", (b, v) -> b.checkValEveryNEpoch(v.isNull() ? null : (Integer) v.integer()));
        flag("num_sanity_val_steps", "n|-1", (b, v) -> b.numSanityValSteps(v.integer()));
        flag("log_every_n_steps", "n", (b, v) -> b.logEveryNSteps(v.integer()));
        flag("enable_checkpointing", "true|false", (b, v) -> b.enableCheckpointing(v.bool()));
        flag("enable_progress_bar", "true|false", (b, v) -> b.enableProgressBar(v.bool()));
        flag("enable_model_summary", "true|false", (b, v) -> b.enableModelSummary(v.bool()));
        flag("accumulate_grad_batches", "n", (b, v) -> b.accumulateGradBatches(v.integer()));
        flag("gradient_clip_val", "number", (b, v) -> b.gradientClipVal(v.number()));
        flag("gradient_clip_algorithm", "norm|value", (b, v) -> b.gradientClipAlgorithm(v.text()));
        flag("deterministic", "true|false", (b, v) -> b.deterministic(v.bool()));
        flag("inference_mode", "true|false", (b, v) -> b.inferenceMode(v.bool()));
        flag("detect_anomaly", "true|false", (b, v) -> b.detectAnomaly(v.bool()));
        flag("barebones", "true|false", (b, v) -> b.barebones(v.bool()));
        flag("profiler", "simple|null", (b, v) -> b.profiler(profiler(v)));
        flag("reload_dataloaders_every_n_epochs", "n", (b, v) -> b.reloadDataloadersEveryNEpochs(v.integer()));
        flag("default_root_dir", "path", (b, v) -> b.defaultRootDir(v.text()));
        flag("enable_autolog_hparams", "true|false", (b, v) -> b.enableAutologHparams(v.bool()));
    }

    private TrainerFlags() {
    }

    private static void flag(String name, String values, BiConsumer<TrainerBuilder, Value> apply) {
        TABLE.put(name, new Setter(values, apply));
    }

    private static void limit(String name, BiConsumer<TrainerBuilder, Integer> batches, BiConsumer<TrainerBuilder, Double> fraction) {
        flag(name, "n|fraction", (b, v) -> {
            if (v.isInteger()) {
                batches.accept(b, v.integer());
            } else {
                fraction.accept(b, v.number());
            }
        });
    }

    private static SimpleProfiler profiler(Value v) {
        if (v.isNull()) {
            return null;
        }
        if (!v.text().equals("simple")) {
            throw v.wrong("one of [simple]");
        }
        return new SimpleProfiler();
    }

    /** All flags, in the order of the documentation. */
    public static List<Flag> all() {
        List<Flag> flags = new ArrayList<>();
        TABLE.forEach((name, s) -> flags.add(new Flag(name, s.values())));
        return flags;
    }

    /**
     * Sets a flag from text, a number or a boolean.
     *
     * @throws MisconfigurationException naming the flag and the nearest one there is, or the values it takes
     */
    public static void set(TrainerBuilder builder, String name, Object value) {
        String key = snake(name);
        Setter s = TABLE.get(key);
        if (s == null) {
            throw new MisconfigurationException("the Trainer has no flag '" + name + "'; did you mean '" + nearest(key) + "'?");
        }
        s.apply.accept(builder, new Value(key, value, s.values));
    }

    /** Sets several flags. */
    public static void set(TrainerBuilder builder, Map<String, ?> flags) {
        flags.forEach((name, value) -> set(builder, name, value));
    }

    /** Sets what variables such as {@code LEVIN_TRAINER_MAX_EPOCHS} say; flags set afterwards win. */
    public static void fromEnvironment(TrainerBuilder builder, Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX)) {
                set(builder, name.substring(PREFIX.length()).toLowerCase(Locale.ROOT), value);
            }
        });
    }

    private static String snake(String name) {
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

    /** The flag with the smallest edit distance. */
    static String nearest(String name) {
        return TABLE.keySet().stream().min(Comparator.comparingInt(k -> distance(k, name))).orElseThrow();
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int here = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = row[j];
                row[j] = here;
            }
        }
        return row[b.length()];
    }

    /** A value on its way to its type. */
    private record Value(String flag, Object raw, String allowed) {
        String text() {
            return String.valueOf(raw).trim();
        }

        boolean isNull() {
            return raw == null || text().equalsIgnoreCase("null") || text().equalsIgnoreCase("none");
        }

        boolean isBool() {
            return text().equalsIgnoreCase("true") || text().equalsIgnoreCase("false");
        }

        boolean bool() {
            if (!isBool()) {
                throw wrong("true or false");
            }
            return Boolean.parseBoolean(text().toLowerCase(Locale.ROOT));
        }

        boolean isInteger() {
            return text().matches("[+-]?\\d+");
        }

        int integer() {
            try {
                return Integer.parseInt(text());
            } catch (NumberFormatException e) {
                throw wrong("a whole number");
            }
        }

        double number() {
            try {
                return Double.parseDouble(text());
            } catch (NumberFormatException e) {
                throw wrong("a number");
            }
        }

        MisconfigurationException wrong(String expected) {
            return new MisconfigurationException(flag + "=" + raw + " is not " + expected + "; it takes " + allowed);
        }
    }
}
