package dev.levin.trainer;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A sink for what a run reports: metrics, hyper-parameters, the model graph, checkpoints.
 *
 * <p>Only {@link #logMetrics} has to be written; a lambda is a logger:
 * {@snippet :
 * Logger console = (metrics, step) -> System.out.println(step + " " + metrics);
 * }
 *
 * <p>Order of calls in a run: {@link #logHyperparams} and {@link #logGraph} at fit start, then any number of
 * {@link #logMetrics} each followed by {@link #save}, with {@link #afterSaveCheckpoint} in between, and
 * {@link #finalizeRun} once at the end. A logger may be used for another run after that (fit, then test): it opens
 * again by itself. Calls come from one thread at a time; only the process of global rank zero calls.
 *
 * <p>A sink that breaks (disk full, server gone) must not end the training: it reports the problem once through
 * SLF4J, drops what follows and keeps the cause in {@link #failure}. Only {@link #flush} throws it.
 */
@FunctionalInterface
public interface Logger {
    /** How a run ended. */
    enum Status { SUCCESS, FAILED, INTERRUPTED }

    /**
     * Takes host values of one step. They may be NaN or infinite, and may come a few steps after they were computed;
     * {@code step} is the one they belong to. Must return quickly: slow sinks queue.
     *
     * @param metrics names to values, in the order of logging; a name may hold {@link #groupSeparator()} to group charts.
     *        The map is not changed afterwards and may be kept
     * @param step position on the x-axis
     */
    void logMetrics(Map<String, Double> metrics, long step);

    /** Name of the experiment; the empty string means none, and no folder level. */
    default String name() {
        return "";
    }

    /** The run within the experiment as its folder is called: {@code "version_3"}, {@code "fold_3"}; empty if there is none. */
    default String version() {
        return "";
    }

    /** Folder given by the user, above name and version; empty for loggers that keep no files. */
    default Optional<Path> saveDir() {
        return Optional.empty();
    }

    /** {@code saveDir/name}: the parent of all versions. */
    default Optional<Path> rootDir() {
        return saveDir().map(dir -> name().isEmpty() ? dir : dir.resolve(name()));
    }

    /** Folder this run writes to: {@code saveDir/name/version}, and below that if the logger has a sub-folder. */
    default Optional<Path> logDir() {
        return rootDir().map(dir -> version().isEmpty() ? dir : dir.resolve(version()));
    }

    /** Where checkpoints of this run go unless the user says otherwise: {@code saveDir/name/version/checkpoints}. */
    default Optional<Path> checkpointDir() {
        return rootDir().map(dir -> (version().isEmpty() ? dir : dir.resolve(version())).resolve("checkpoints"));
    }

    /** Separates the group from the metric in a name. */
    default String groupSeparator() {
        return "/";
    }

    /** Hyper-parameters without metrics to compare runs by. */
    default void logHyperparams(Map<String, ?> params) {
        logHyperparams(params, Map.of());
    }

    /**
     * Hyper-parameters of the run.
     *
     * @param params numbers, booleans, strings, enums, null, and maps and lists of these
     * @param metrics initial values of the metrics by which runs are compared; may be empty
     */
    default void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {}

    /** Whether {@link #logGraph} does anything; making the graph runs the model's forward once, without computing it. */
    default boolean wantsGraph() {
        return true;
    }

    /** The model's graph, once. */
    default void logGraph(GraphDescription graph) {}

    /**
     * Says that an interrupted run goes on: rows of this step and later ones that it has left behind are void, those before
     * are kept.
     *
     * @param step the x-axis value of the next row of training
     */
    default void resumesAt(long step) {}

    /** Says that a checkpoint was written. */
    default void afterSaveCheckpoint(SavedCheckpoint checkpoint) {}

    /**
     * Asks to store what was logged so far; called after each write, so it must not wait. Asynchronous loggers may leave
     * it to their flush interval.
     */
    default void save() {}

    /**
     * Waits until everything logged before is stored where a killed process can't lose it.
     *
     * @throws LoggerException if the sink has failed
     */
    default void flush() {}

    /** Stores everything and releases files and connections. Never throws because the sink has failed: see {@link #failure}. */
    default void finalizeRun(Status status) {}

    /** The first failure of the sink, if any; after it nothing more is stored. */
    default Optional<LoggerException> failure() {
        return Optional.empty();
    }

    /**
     * The logger's own object for what this interface does not cover (images, text, histograms), if it is of that type.
     * Empty for other loggers, on other ranks and under {@code fastDevRun}, so that user code needs no casts:
     * {@snippet :
     * trainer.logger().experiment(SummaryWriter.class).ifPresent(w -> w.addImage("sample", image, step));
     * }
     */
    default <T> Optional<T> experiment(Class<T> type) {
        return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
    }
}
