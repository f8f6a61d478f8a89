package dev.levin.examples.cli;

import dev.levin.examples.jobs.Job;
import dev.levin.loggers.TensorBoardLogger;
import dev.levin.trainer.Callback;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What fit, validate, test, predict and crossval are told, and the objects they make of it. */
final class RunOptions {
    /** Stands for {@code --model.NAME VALUE}; see {@link Levin}. */
    static final String SET = "--set";

    private static final List<String> ALLOWED = List.of("dev.levin.examples.jobs", "dev.levin.trainer.demo", "dev.levin.callbacks", "dev.levin.loggers");

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

    @Option(names = "--package", paramLabel = "NAME", split = ",", description = "Package whose classes may be named in config files.")
    private List<String> packages = List.of();

    @Option(names = "--class-path", paramLabel = "PATH", description = "Folders and jars with your classes.")
    private String classPath;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML or JSON with settings; several: what comes later wins.")
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

    @Option(names = "--out", paramLabel = "FOLDER", description = "Where logs and checkpoints go (default: runs).")
    private Path out;

    private Settings settings;
    private Recipe recipe;
    private Classes classes;

    /** Names of jobs, for completion. */
    static final class JobNames implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return Job.names().iterator();
        }
    }

    /** Collects the settings; to be called first. */
    Settings settings() {
        if (settings != null) {
            return settings;
        }
        Settings s = new Settings();
        s.environment(((Levin) spec.root().userObject()).environment());
        configs.forEach(s::file);
        if (job != null) {
            s.set(List.of("job"), job);
        }
        if (job != null && model != null) {
            throw new IllegalArgumentException("give the job " + job + " or --model " + model + ", not both");
        }
        if (model != null) {
            s.set("model", "class", model);
        }
        if (data != null) {
            s.set("data", model == null && s.get("job") != null ? "path" : "class", data);
        }
        for (String a : assignments) {
            int at = a.indexOf('=');
            s.set(Arrays.asList(a.substring(0, at).split("\\.")), Settings.scalar(a.substring(at + 1)));
        }
        put(s, "data", "batch_size", batchSize);
        put(s, "data", "train_size", trainSize);
        put(s, "model", "lr", lr);
        put(s, "trainer", "precision", precision);
        put(s, "trainer", "accelerator", accelerator);
        put(s, "trainer", "devices", devices);
        TrainerOptions.into(s, spec);
        if (seed != null) {
            s.set(List.of("seed_everything"), Settings.scalar(seed));
        }
        if (out != null) {
            s.set(List.of("out"), out.toString());
        }
        s.section("trainer").keySet().stream().filter(n -> !TrainerFlags.OBJECTS.contains(n)).forEach(TrainerFlags::named);
        settings = s;
        return s;
    }

    static void put(Settings s, String section, String name, String text) {
        if (text != null) {
            s.set(section, name, Settings.scalar(text));
        }
    }

    /** What to train. */
    Recipe recipe() {
        if (recipe == null) {
            recipe = settings().get("job") != null ? Recipe.Named.of(settings(), seed()) : Recipe.Given.of(settings(), classes());
        }
        return recipe;
    }

    private Classes classes() {
        if (classes == null) {
            List<String> all = new ArrayList<>(packages);
            for (String named : new String[] {model, data}) {
                if (named != null && named.contains(".") && !named.contains("/")) {
                    all.add(named.substring(0, named.lastIndexOf('.')));
                }
            }
            all.addAll(ALLOWED);
            classes = new Classes(loader(), all);
        }
        return classes;
    }

    private ClassLoader loader() {
        ClassLoader own = RunOptions.class.getClassLoader();
        if (classPath == null) {
            return own;
        }
        URL[] urls = Arrays.stream(classPath.split(File.pathSeparator)).map(p -> {
            if (!Files.exists(Path.of(p))) {
                throw new IllegalArgumentException("--class-path: there is no " + p);
            }
            try {
                return Path.of(p).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException("--class-path: " + p + " is not a path", e);
            }
        }).toArray(URL[]::new);
        return new URLClassLoader(urls, own);
    }

    long seed() {
        return switch (settings().get("seed_everything")) {
            case null -> 0;
            case Integer n when n >= 0 -> n;
            case Long n when n >= 0 && n < 1L << 32 -> n;
            case Object o -> throw new IllegalArgumentException("seed_everything=" + o + " is not possible; use a whole number from 0 to 4294967295");
        };
    }

    Path out() {
        return Path.of(String.valueOf(settings().get("out") == null ? "runs" : settings().get("out")));
    }

    /** The model, seeded. */
    LightningModule<Object> model() {
        Trainer.seedEverything(seed());
        return recipe().model();
    }

    DataModule<Object> dataModule() {
        return recipe().data();
    }

    /** A builder with the flags of the settings, without loggers. */
    TrainerBuilder trainer() {
        TrainerBuilder b = Trainer.builder().defaultRootDir(out());
        settings().section("trainer").forEach((name, value) -> {
            if (!TrainerFlags.OBJECTS.contains(name)) {
                TrainerFlags.named(name).apply(b, value);
            }
        });
        Settings.list(settings().get("trainer", "callbacks")).forEach(c -> b.callbacks(object(c, Callback.class, "trainer.callbacks")));
        return b;
    }

    /** The loggers of the settings; TensorBoard if they name none. */
    List<Logger> loggers() {
        Object wanted = settings().get("trainer", "logger");
        if (wanted instanceof Boolean on && !on) {
            return List.of();
        }
        if (wanted == null || wanted instanceof Boolean) {
            return List.of(new TensorBoardLogger(out().toString(), recipe().name()));
        }
        return Settings.list(wanted).stream().map(l -> object(l, Logger.class, "trainer.logger")).toList();
    }

    /** Whether the setting names a class. */
    boolean has(String section, String name) {
        return settings().section(section).containsKey(name);
    }

    private <T> T object(Object described, Class<T> kind, String where) {
        return switch (described) {
            case String name -> object(Map.of("class", name), kind, where);
            case Map<?, ?> m when m.get("class") != null -> {
                Map<String, Object> values = new LinkedHashMap<>();
                m.forEach((k, v) -> values.put(String.valueOf(k), v));
                Class<?> type = classes().find(String.valueOf(m.get("class")), kind, kind.getSimpleName().toLowerCase(java.util.Locale.ROOT));
                yield ObjectMaker.make(type.asSubclass(kind), values, where);
            }
            default -> throw new IllegalArgumentException(where + ": " + described + " names no class; write a name, or {class: NAME, argument: value}");
        };
    }

    /** Prints the settings if that was asked for. */
    boolean printed() {
        if (!printConfig) {
            return false;
        }
        recipe();
        trainer();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("seed_everything", seed());
        all.put("out", out().toString());
        for (String s : List.of("job", "model", "data")) {
            if (settings().get(s) != null) {
                all.put(s, settings().get(s));
            }
        }
        Map<String, Object> flags = new LinkedHashMap<>();
        TrainerFlags.all().values().forEach(f -> flags.put(f.name(), f.usual()));
        flags.putAll(settings().section("trainer"));
        all.put("trainer", flags);
        spec.commandLine().getOut().print(Settings.yaml(all));
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
