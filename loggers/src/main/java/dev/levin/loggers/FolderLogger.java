package dev.levin.loggers;

import dev.levin.trainer.Logger;
import dev.levin.trainer.LoggerException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Base of loggers that write to {@code saveDir/name/version}.
 *
 * <p>Without a given version the run becomes {@code version_N}, N one above the highest in {@code saveDir/name}; the
 * number is settled, and its folder made so that no other run takes it, when it is first asked for. {@code ~} and
 * {@code $NAME} or {@code ${NAME}} in {@code saveDir} are expanded. Hyper-parameters go to {@code hparams.yaml}.
 *
 * @param <L> the logger itself, for chained settings
 */
public abstract class FolderLogger<L extends FolderLogger<L>> implements Logger {
    /** Name when none is given. */
    public static final String DEFAULT_NAME = "lightning_logs";

    private static final Pattern VERSION = Pattern.compile("version_(\\d+)");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    private final Path saveDir;
    private final String name;
    private String version;
    private String prefix = "";
    private boolean used;
    private Map<String, Object> hparams = Map.of();
    private LoggerException failure;

    protected FolderLogger(String saveDir, String name) {
        this.saveDir = expand(saveDir);
        this.name = name;
    }

    protected abstract L self();

    /** Uses {@code version} as the folder's name as it is. */
    public L version(String version) {
        if (version.isBlank()) {
            throw new IllegalArgumentException("the version of a logger must not be blank; leave it out for an automatic number");
        }
        set(() -> this.version = version);
        return self();
    }

    /** Uses the folder {@code version_N}. */
    public L version(int number) {
        return version("version_" + number);
    }

    /** Puts {@code prefix-} before every metric's name. */
    public L prefix(String prefix) {
        set(() -> this.prefix = prefix);
        return self();
    }

    /** Changes a setting. @throws IllegalStateException if the logger has begun to write */
    protected final void set(Runnable change) {
        if (used) {
            throw new IllegalStateException("this logger already writes to " + logDir().orElseThrow()
                    + "; choose its settings before it is first used");
        }
        change.run();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public synchronized String version() {
        if (version == null) {
            version = claimVersion();
            used = true;
        }
        return version;
    }

    @Override
    public Optional<Path> saveDir() {
        return Optional.of(saveDir);
    }

    /** The folder to write to; from here on the settings are fixed. */
    protected final Path folder() {
        used = true;
        return logDir().orElseThrow();
    }

    /** The name a metric is stored by. */
    protected final String prefixed(String metric) {
        return prefix.isEmpty() ? metric : prefix + "-" + metric;
    }

    /** The metrics under the names they are stored by. */
    protected final Map<String, Double> prefixed(Map<String, Double> metrics) {
        if (prefix.isEmpty()) {
            return metrics;
        }
        Map<String, Double> named = new LinkedHashMap<>();
        metrics.forEach((key, value) -> named.put(prefixed(key), value));
        return named;
    }

    @Override
    public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
        Map<String, Object> all = new LinkedHashMap<>(hparams);
        all.putAll(params);
        hparams = all;
    }

    /** Writes {@code hparams.yaml} unless there is one. */
    @Override
    public void save() {
        if (hparams.isEmpty() || failure().isPresent()) {
            return;
        }
        try {
            HparamsFile.write(folder(), hparams);
            hparams = Map.of();
        } catch (IOException e) {
            fail(folder().resolve(HparamsFile.NAME), e);
        }
    }

    @Override
    public Optional<LoggerException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Keeps the first failure and reports it. */
    protected final void fail(Path file, IOException e) {
        if (failure == null) {
            String message = "can't write " + file + " (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                    + "); nothing more is logged there. Free space or make the folder writable, or choose another saveDir";
            failure = new LoggerException(message, e);
            LoggerFactory.getLogger(getClass()).error(message);
        }
    }

    @Override
    public void flush() {
        save();
        failure().ifPresent(e -> {
            throw new LoggerException(e.getMessage(), e.getCause());
        });
    }

    private String claimVersion() {
        Path root = rootDir(saveDir, name);
        try {
            Files.createDirectories(root);
            for (int n = highest(root) + 1; ; n++) {
                try {
                    Files.createDirectory(root.resolve("version_" + n));
                    return "version_" + n;
                } catch (FileAlreadyExistsException takenMeanwhile) {
                    continue;
                }
            }
        } catch (IOException e) {
            fail(root, e);
            return "version_0";
        }
    }

    private static int highest(Path root) throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(Files::isDirectory)
                    .map(p -> VERSION.matcher(p.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToInt(m -> Integer.parseInt(m.group(1)))
                    .max().orElse(-1);
        }
    }

    private static Path rootDir(Path saveDir, String name) {
        return name.isEmpty() ? saveDir : saveDir.resolve(name);
    }

    private static Path expand(String path) {
        String home = path.equals("~") || path.startsWith("~/") ? System.getProperty("user.home") + path.substring(1) : path;
        return Path.of(VARIABLE.matcher(home).replaceAll(m -> {
            String value = System.getenv(m.group(1) != null ? m.group(1) : m.group(2));
            return Matcher.quoteReplacement(value == null ? m.group() : value);
        }));
    }
}
