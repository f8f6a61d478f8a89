package dev.levin.examples.cli;

import dev.levin.examples.jobs.Job;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.optim.Optimizer;
import dev.levin.optim.Scheduler;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.config.AllowedClasses;
import dev.levin.trainer.config.Nearest;
import dev.levin.trainer.config.RunConfig;
import dev.levin.trainer.config.Settings;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What fit, validate, test, predict and crossval are told, and the objects they make of it. */
final class RunOptions {
    /** Stands for {@code --model.NAME VALUE}; see {@link Levin}. */
    static final String SET = "--set";

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "JOB", completionCandidates = JobNames.class,
            description = "What to train: ${COMPLETION-CANDIDATES}. Or give --model.")
    private String job;

    @Option(names = "--model", paramLabel = "CLASS", description = "A LightningModule; its arguments by --model.NAME VALUE.")
    private String model;

    @Option(names = "--data", paramLabel = "PATH|CLASS", description = "With a job the file or folder it reads; with --model a DataModule; its "
            + "arguments by --data.NAME VALUE.")
    private String data;

    @Option(names = "--optimizer", paramLabel = "OPTIMIZER", completionCandidates = Optimizers.class,
            description = "Instead of the model's own, such as AdamW; its options by --optimizer.NAME VALUE.")
    private String optimizer;

    @Option(names = "--lr_scheduler", paramLabel = "SCHEDULER", completionCandidates = Schedulers.class,
            description = "Of that optimizer, such as CosineAnnealingLR; its options by "
            + "--lr_scheduler.NAME VALUE.")
    private String scheduler;

    @Option(names = "--package", paramLabel = "NAME", split = ",", description = "Package whose classes may be named in config files.")
    private List<String> packages = List.of();

    @Option(names = "--class-path", paramLabel = "PATH", description = "Folders and jars with your classes.")
    private String classPath;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML or JSON with settings; several: what comes later wins; variables LEVIN_TRAINER_MAX_EPOCHS "
            + "win over files, options over both.")
    private List<Path> configs = List.of();

    @Option(names = "--print-config", description = "Prints all settings as a config file, and ends.")
    private boolean printConfig;

    @Option(names = SET, hidden = true)
    private List<String> assignments = List.of();

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples per batch (data.batch_size).")
    private String batchSize;

    @Option(names = "--train-size", paramLabel = "N", description = "Training samples, where the job makes them (data.train_size).")
    private String trainSize;

    @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate (model.lr).")
    private String lr;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of all random numbers (default: 0).")
    private String seed;

    @Option(names = "--precision", paramLabel = "NAME", description = "32-true, 64-true, bf16-mixed, bf16-true, 16-mixed or 16-true (default: 32-true).")
    private String precision;

    @Option(names = "--accelerator", paramLabel = "NAME", description = "auto, cpu or cuda (default: auto).")
    private String accelerator;

    @Option(names = "--devices", paramLabel = "LIST", description = "How many or which devices (default: auto).")
    private String devices;

    @Option(names = "--profiler", paramLabel = "NAME", description = "simple, advanced or chrome: what the time is spent on.")
    private String profiler;

    @Option(names = "--out", paramLabel = "FOLDER", description = "Where logs and checkpoints go (default: runs).")
    private Path out;

    private Settings settings;
    private RunConfig config;
    private Recipe recipe;

    /** Names of optimizers, for completion. */
    static final class Optimizers implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return AllowedClasses.in().names(Optimizer.class).iterator();
        }
    }

    /** Names of learning-rate schedulers, for completion. */
    static final class Schedulers implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return AllowedClasses.in().names(Scheduler.class).iterator();
        }
    }

    /** Names of jobs, for completion. */
    static final class JobNames implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return Job.names().iterator();
        }
    }

    /** Collects the settings: files, then the environment, then options. */
    Settings settings() {
        if (settings != null) {
            return settings;
        }
        Settings s = new Settings();
        configs.forEach(s::file);
        s.environment(((Levin) spec.root().userObject()).environment());
        if (job != null && model != null) {
            throw new IllegalArgumentException("give the job " + job + " or --model " + model + ", not both");
        }
        if (job != null) {
            s.set("job", job);
        }
        if (model != null) {
            s.set("model.class", model);
        }
        if (data != null) {
            s.set(model == null && s.get("job") != null ? "data.path" : "data.class", data);
        }
        if (optimizer != null) {
            s.set("optimizer.class", optimizer);
        }
        if (scheduler != null) {
            s.set("lr_scheduler.class", scheduler);
        }
        for (String a : assignments) {
            int at = a.indexOf('=');
            s.text(a.substring(0, at), a.substring(at + 1));
        }
        put(s, "data.batch_size", batchSize);
        put(s, "data.train_size", trainSize);
        put(s, "model.lr", lr);
        put(s, "trainer.precision", precision);
        put(s, "trainer.accelerator", accelerator);
        put(s, "trainer.devices", devices);
        put(s, "trainer.profiler", profiler);
        TrainerOptions.into(s, spec);
        put(s, "seed_everything", seed);
        if (out != null) {
            s.set("out", out.toString());
        }
        settings = s;
        return s;
    }

    static void put(Settings s, String path, String text) {
        if (text != null) {
            s.text(path, text);
        }
    }

    /** The objects of the settings; names of flags are checked. */
    RunConfig config() {
        if (config == null) {
            config = new RunConfig(settings(), classes());
        }
        return config;
    }

    /** What to train. */
    Recipe recipe() {
        if (recipe == null) {
            recipe = settings().get("job") != null ? Recipe.Named.of(settings(), config().seed()) : Recipe.Given.of(settings(), config());
        }
        return recipe;
    }

    /** Where classes are looked up. */
    AllowedClasses classes() {
        List<String> all = new ArrayList<>(packages);
        for (String named : new String[] {model, data, optimizer, scheduler}) {
            if (named != null && named.contains(".") && !named.contains("/")) {
                all.add(named.substring(0, named.lastIndexOf('.')));
            }
        }
        all.add("dev.levin.examples.jobs");
        all.addAll(AllowedClasses.OWN);
        return new AllowedClasses(loader(), all);
    }

    private ClassLoader loader() {
        ClassLoader own = RunOptions.class.getClassLoader();
        if (classPath == null) {
            return own;
        }
        URL[] urls = Arrays.stream(classPath.split(File.pathSeparator)).map(p -> {
            if (!Files.exists(Path.of(p))) {
                throw new IllegalArgumentException("--class-path: there is no " + p + Nearest.fileHint(Path.of(p)));
            }
            try {
                return Path.of(p).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException("--class-path: " + p + " is not a path", e);
            }
        }).toArray(URL[]::new);
        return new URLClassLoader(urls, own);
    }

    Path out() {
        return config().out();
    }

    /** The model, seeded. */
    LightningModule<Object> model() {
        Trainer.seedEverything(config().seed());
        return recipe().model();
    }

    DataModule<Object> dataModule() {
        return recipe().data();
    }

    /** The loggers of the settings; TensorBoard if they name none. */
    List<Logger> loggers() {
        return config().loggers().orElseGet(() -> List.of(new TensorBoardLogger(out().toString(), recipe().name())));
    }

    /** Prints the settings if that was asked for. */
    boolean printed() {
        if (!printConfig) {
            return false;
        }
        recipe();
        config().check();
        spec.commandLine().getOut().print(Settings.yaml(config().describe()));
        spec.commandLine().getOut().flush();
        return true;
    }

    /** The newest checkpoint below the output folder whose name matches. */
    Optional<Path> newest(String pattern) {
        Path folder = out().resolve(recipe().name());
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.getFileName().toString().matches(pattern)).max(Comparator.comparing(RunOptions::modified));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static java.nio.file.attribute.FileTime modified(Path p) {
        try {
            return Files.getLastModifiedTime(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static LightningModule<Object> untyped(LightningModule<?> module) {
        return (LightningModule<Object>) module;
    }

    @SuppressWarnings("unchecked")
    static DataModule<Object> untyped(DataModule<?> module) {
        return (DataModule<Object>) module;
    }
}
