package dev.levin.examples.cli;

import dev.levin.data.Batch;
import dev.levin.data.Dataset;
import dev.levin.examples.jobs.Job;
import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.config.Nearest;
import dev.levin.trainer.config.RunConfig;
import dev.levin.trainer.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What to train on what: a named job, or classes of the user's. */
sealed interface Recipe {
    /** Folder of its runs below the output folder. */
    String name();

    LightningModule<Object> model();

    /** Null if the model has its own loaders. */
    DataModule<Object> data();

    /** Callbacks that suit it. */
    default List<Callback> callbacks() {
        return List.of();
    }

    /** One of {@link Job#all}. */
    record Named(Job job, Job.Options options) implements Recipe {
        private static final List<String> DATA = List.of("path", "batch_size", "train_size");
        private static final List<String> MODEL = List.of("lr");

        static Named of(Settings settings, long seed) {
            String name = String.valueOf(settings.get("job"));
            if (!Job.names().contains(name)) {
                throw new IllegalArgumentException("unknown job '" + name + "'" + Nearest.hint(name, Job.names()) + " There are " + Job.names()
                        + ", or give --model CLASS and --data CLASS");
            }
            Job job = Job.named(name);
            Map<String, Object> data = settings.section("data");
            Map<String, Object> model = settings.section("model");
            check("data", data, DATA, job);
            check("model", model, MODEL, job);
            Object path = data.getOrDefault("path", data.get("class"));
            return new Named(job, new Job.Options(path == null ? null : Path.of(path.toString()), whole(data, "data", "batch_size"),
                    rate(model), seed, whole(data, "data", "train_size")));
        }

        private static void check(String section, Map<String, Object> given, List<String> known, Job job) {
            for (String name : given.keySet()) {
                if (!known.contains(name) && !(section.equals("data") && name.equals("class"))) {
                    throw new IllegalArgumentException("the job " + job.name() + " has no setting " + section + "." + name
                            + Nearest.hint(name, known) + " There are " + known);
                }
            }
        }

        private static int whole(Map<String, Object> given, String section, String name) {
            return switch (given.get(name)) {
                case null -> 0;
                case Integer n when n > 0 -> n;
                case Object o -> throw new IllegalArgumentException(section + "." + name + "=" + o + " is not possible; use a whole number >= 1");
            };
        }

        private static double rate(Map<String, Object> given) {
            return switch (given.get("lr")) {
                case null -> 0;
                case Number n when n.doubleValue() > 0 -> n.doubleValue();
                case Object o -> throw new IllegalArgumentException("model.lr=" + o + " is not possible; use a number greater than 0");
            };
        }

        @Override
        public String name() {
            return job.name();
        }

        @Override
        public LightningModule<Object> model() {
            return RunOptions.untyped(job.model(options));
        }

        @Override
        public DataModule<Object> data() {
            return RunOptions.untyped(job.data(options));
        }

        @Override
        public List<Callback> callbacks() {
            return job.callbacks(options);
        }

        /** The same job with other batches. */
        Named withBatchSize(int size) {
            return new Named(job, new Job.Options(options.data(), size, options.lr(), options.seed(), options.trainSize()));
        }

        Dataset<Batch> dataset() {
            return job.dataset(options);
        }
    }

    /** Classes that the settings name. */
    record Given(RunConfig config) implements Recipe {
        static Given of(Settings settings, RunConfig config) {
            if (settings.section("model").get("class") == null) {
                throw new IllegalArgumentException("what should be trained? Name a job of " + Job.names() + ", or give --model CLASS and --data CLASS");
            }
            config.modelClass();
            return new Given(config);
        }

        @Override
        public String name() {
            return config.modelClass().getSimpleName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(java.util.Locale.ROOT);
        }

        @Override
        public LightningModule<Object> model() {
            return config.model();
        }

        @Override
        public DataModule<Object> data() {
            return config.data().orElse(null);
        }
    }
}
