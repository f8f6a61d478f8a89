package dev.levin.loggers;

import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.loggers.tensorboard.WriterOptions;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.GraphDescription;
import dev.levin.trainer.HistogramLogger;
import dev.levin.trainer.ImageLogger;
import dev.levin.trainer.LoggerException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Logs to TensorBoard event files in {@code saveDir/name/version[/subDir]}. Look at them with
 * {@code tensorboard --logdir saveDir}.
 *
 * <p>Scalars, hyper-parameters and the graph come through the {@link dev.levin.trainer.Logger} methods; everything else
 * (histograms, pictures, text, PR curves, embeddings, ...) through {@link #experiment()}. Writing is asynchronous; a
 * killed process loses at most the writer's flush interval.
 */
public final class TensorBoardLogger extends FolderLogger<TensorBoardLogger> implements HistogramLogger, ImageLogger {
    private boolean logGraph;
    private boolean defaultHpMetric = true;
    private String subDir = "";
    private WriterOptions options = WriterOptions.DEFAULT;
    private SummaryWriter writer;
    private boolean session;

    /** Runs in {@code saveDir/lightning_logs/version_N}. */
    public TensorBoardLogger(String saveDir) {
        this(saveDir, DEFAULT_NAME);
    }

    /**
     * Runs in {@code saveDir/name/version_N}.
     *
     * @param name of the experiment; empty for no such level
     */
    public TensorBoardLogger(String saveDir, String name) {
        super(saveDir, name);
    }

    @Override
    protected TensorBoardLogger self() {
        return this;
    }

    /** Whether fit writes the graph of a module with an {@code exampleInput()}; off by default. */
    public TensorBoardLogger logGraph(boolean on) {
        set(() -> logGraph = on);
        return this;
    }

    /** Whether hyper-parameters logged without metrics get the metric {@code hp_metric} = -1; on by default. */
    public TensorBoardLogger defaultHpMetric(boolean on) {
        set(() -> defaultHpMetric = on);
        return this;
    }

    /** A folder below the version for the event files; checkpoints stay beside it. */
    public TensorBoardLogger subDir(String subDir) {
        set(() -> this.subDir = subDir);
        return this;
    }

    /** How the event files are written. */
    public TensorBoardLogger options(WriterOptions options) {
        set(() -> this.options = options);
        return this;
    }

    @Override
    public Optional<Path> logDir() {
        return super.logDir().map(dir -> subDir.isEmpty() ? dir : dir.resolve(subDir));
    }

    /** The writer behind this logger. */
    public synchronized SummaryWriter experiment() {
        if (writer == null) {
            writer = new SummaryWriter(folder(), options);
        }
        return writer;
    }

    @Override
    public <T> Optional<T> experiment(Class<T> type) {
        return type == SummaryWriter.class ? Optional.of(type.cast(experiment())) : super.experiment(type);
    }

    @Override
    public void logMetrics(Map<String, Double> metrics, long step) {
        experiment().addScalars(prefixed(metrics), step);
    }

    /** Several lines in one chart: see {@link SummaryWriter#addScalars(String, Map, long)}. */
    public void logLines(String chart, Map<String, Double> lines, long step) {
        experiment().addScalars(prefixed(chart), lines, step);
    }

    @Override
    public void logHistogram(String tag, Tensor values, long step) {
        experiment().addHistogram(prefixed(tag), values, step);
    }

    @Override
    public void logImage(String tag, BufferedImage image, long step) {
        experiment().addImage(prefixed(tag), image, step);
    }

    @Override
    public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
        super.logHyperparams(params, metrics);
        Map<String, Double> compared = new LinkedHashMap<>(metrics);
        if (compared.isEmpty() && defaultHpMetric) {
            compared.put("hp_metric", -1.0);
        }
        if (compared.isEmpty()) {
            return;
        }
        logMetrics(compared, 0);
        experiment().startSession(HparamsFile.flatten(params), prefixed(compared).keySet());
        session = true;
    }

    @Override
    public boolean wantsGraph() {
        return logGraph;
    }

    @Override
    public void resumesAt(long step) {
        experiment().discardFrom(step);
    }

    @Override
    public void logGraph(GraphDescription graph) {
        if (logGraph) {
            experiment().addGraph(graph);
        }
    }

    @Override
    public void flush() {
        super.flush();
        if (writer != null) {
            writer.flush();
        }
    }

    @Override
    public void finalizeRun(Status status) {
        save();
        if (session) {
            writer.endSession(status == Status.SUCCESS);
            session = false;
        }
        if (writer != null) {
            writer.close();
        }
    }

    @Override
    public Optional<LoggerException> failure() {
        return super.failure().or(() -> writer == null ? Optional.empty() : writer.failure());
    }
}
