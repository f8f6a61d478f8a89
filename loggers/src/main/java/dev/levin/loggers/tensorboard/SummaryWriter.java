package dev.levin.loggers.tensorboard;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.levin.io.ArrayData;
import dev.levin.loggers.tensorboard.proto.Category;
import dev.levin.loggers.tensorboard.proto.Chart;
import dev.levin.loggers.tensorboard.proto.DataType;
import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.HistogramProto;
import dev.levin.loggers.tensorboard.proto.Layout;
import dev.levin.loggers.tensorboard.proto.MarginChartContent;
import dev.levin.loggers.tensorboard.proto.MultilineChartContent;
import dev.levin.loggers.tensorboard.proto.PrCurvePluginData;
import dev.levin.loggers.tensorboard.proto.SessionLog;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.SummaryMetadata;
import dev.levin.loggers.tensorboard.proto.TensorProto;
import dev.levin.loggers.tensorboard.proto.TensorShapeProto;
import dev.levin.loggers.tensorboard.proto.TextPluginData;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.GraphDescription;
import dev.levin.trainer.LoggerException;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes what TensorBoard shows of one run into one folder, like PyTorch's writer of the same name.
 *
 * <p>Every {@code add} method copies its arguments, checks them, and returns; encoding and writing happen on a daemon
 * thread, which is at most {@link WriterOptions#flushInterval} behind. When the queue is full callers wait. The folder
 * and its event file appear with the first event. Methods may be called from any thread; a closed writer opens a new file
 * in the same folder when it is used again.
 *
 * <p>If the disk fails, that is logged once, later events are dropped, {@link #failure} has the cause and {@link #flush}
 * throws it.
 *
 * {@snippet :
 * try (var writer = new SummaryWriter(Path.of("runs/first"))) {
 *     writer.addScalar("loss", 0.25, 1);
 *     writer.addHistogram("weights", layer.weight(), 1);
 * }
 * }
 */
public final class SummaryWriter implements AutoCloseable {
    private final Path folder;
    private final EventQueue queue;
    private final Projector projector;
    private final Clock clock;

    public SummaryWriter(Path folder) {
        this(folder, WriterOptions.DEFAULT);
    }

    public SummaryWriter(Path folder, WriterOptions options) {
        this(folder, options, EventFiles.Opener.DISK, Clock.systemUTC());
    }

    SummaryWriter(Path folder, WriterOptions options, EventFiles.Opener opener, Clock clock) {
        this.folder = folder;
        this.queue = new EventQueue(folder, options, opener);
        this.projector = new Projector(folder);
        this.clock = clock;
    }

    /** The folder the events go to. */
    public Path folder() {
        return folder;
    }

    /** Declares what was written to this folder before, from a step on, void: an interrupted run that goes on writes it anew. */
    public void discardFrom(long step) {
        double now = now();
        queue.submit(files -> files.write(folder, Event.newBuilder().setWallTime(now).setStep(step)
                .setSessionLog(SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START)).build()));
    }

    /** One point of a line chart. Values are stored as F32; NaN and infinities are shown as such. */
    public void addScalar(String tag, double value, long step) {
        double now = now();
        queue.submit(files -> files.write(folder, event(now, step, scalar(tag, value))));
    }

    /** Several scalars of one step, each in its own chart, as one event. */
    public void addScalars(Map<String, Double> values, long step) {
        var copy = new LinkedHashMap<>(values);
        double now = now();
        queue.submit(files -> {
            var summary = Summary.newBuilder();
            copy.forEach((tag, value) -> summary.addValue(scalar(tag, value)));
            files.write(folder, Event.newBuilder().setWallTime(now).setStep(step).setSummary(summary).build());
        });
    }

    /**
     * Several lines in one chart named {@code tag}. As TensorBoard draws one line per run, each line is a run of its own,
     * in a folder {@code tag_line} below this one.
     */
    public void addScalars(String tag, Map<String, Double> lines, long step) {
        double now = now();
        String prefix = tag.replace('/', '_') + "_";
        lines.forEach((line, value) -> {
            Path run = folder.resolve(prefix + line);
            double v = value;
            queue.submit(files -> files.write(run, event(now, step, scalar(tag, v))));
        });
    }

    /**
     * Distribution of values of any shape, in the usual exponential bins. NaN and infinities are left out; without a
     * finite value nothing is written.
     */
    public void addHistogram(String tag, ArrayData values, long step) {
        HostArray copy = values.data().copy();
        addHistogram(tag, step, () -> Histograms.of(copy));
    }

    /** As {@link #addHistogram(String, ArrayData, long)}; waits for the tensor. */
    public void addHistogram(String tag, Tensor values, long step) {
        addHistogram(tag, host(values), step);
    }

    /**
     * As {@link #addHistogram(String, ArrayData, long)} with own bins.
     *
     * @param edges limits of the bins, at least two, increasing; values beyond go to the outermost bins
     */
    public void addHistogram(String tag, ArrayData values, double[] edges, long step) {
        if (edges.length < 2) {
            throw new IllegalArgumentException("histogram '" + tag + "' needs at least 2 edges, got " + edges.length);
        }
        for (int i = 1; i < edges.length; i++) {
            if (!(edges[i] > edges[i - 1])) {
                throw new IllegalArgumentException("edges of histogram '" + tag + "' must increase, but edge " + i + " is "
                        + edges[i] + " after " + edges[i - 1]);
            }
        }
        HostArray copy = values.data().copy();
        double[] limits = edges.clone();
        addHistogram(tag, step, () -> Histograms.of(copy, limits));
    }

    private void addHistogram(String tag, long step, Supplier<Optional<HistogramProto>> histogram) {
        double now = now();
        queue.submit(files -> {
            var histo = histogram.get();
            if (histo.isPresent()) {
                files.write(folder, event(now, step, Summary.Value.newBuilder().setTag(tag).setHisto(histo.get()).build()));
            }
        });
    }

    /**
     * One picture.
     *
     * @param image [H, W] or [C, H, W] with 1, 3 or 4 channels; U8 0..255, other types 0..1 (clipped)
     */
    public void addImage(String tag, ArrayData image, long step) {
        Images.checkImage(tag, image.shape());
        ArrayData copy = copy(image);
        addImage(tag, step, () -> Images.picture(copy));
    }

    /** As {@link #addImage(String, ArrayData, long)}; waits for the tensor. */
    public void addImage(String tag, Tensor image, long step) {
        addImage(tag, host(image), step);
    }

    /**
     * A batch of pictures as one, eight in a row.
     *
     * @param images [N, C, H, W] with 1, 3 or 4 channels; U8 0..255, other types 0..1 (clipped)
     */
    public void addImages(String tag, ArrayData images, long step) {
        Images.checkBatch(tag, images.shape());
        ArrayData copy = copy(images);
        addImage(tag, step, () -> Images.grid(copy, 8));
    }

    /** As {@link #addImages(String, ArrayData, long)}; waits for the tensor. */
    public void addImages(String tag, Tensor images, long step) {
        addImages(tag, host(images), step);
    }

    /** A plot: {@link #addImage(String, BufferedImage, long)} by the name PyTorch gives it. */
    public void addFigure(String tag, BufferedImage figure, long step) {
        addImage(tag, figure, step);
    }

    /** One picture. */
    public void addImage(String tag, BufferedImage image, long step) {
        BufferedImage copy = Images.copy(image);
        addImage(tag, step, () -> copy);
    }

    private void addImage(String tag, long step, Supplier<BufferedImage> image) {
        double now = now();
        queue.submit(files -> files.write(folder, event(now, step,
                Summary.Value.newBuilder().setTag(tag).setImage(Images.encode(image.get())).build())));
    }

    /** Text in Markdown. */
    public void addText(String tag, String markdown, long step) {
        double now = now();
        queue.submit(files -> {
            var tensor = TensorProto.newBuilder().setDtype(DataType.DT_STRING).setTensorShape(Graphs.shape(Shape.of(1)))
                    .addStringVal(ByteString.copyFromUtf8(markdown));
            files.write(folder, event(now, step,
                    plugin(tag + "/text_summary", "text", TextPluginData.getDefaultInstance(), tensor)));
        });
    }

    /**
     * Precision over recall at evenly spaced thresholds.
     *
     * @param labels 0 or 1 each, or BOOL
     * @param predictions probabilities of 1, as many
     */
    public void addPrCurve(String tag, ArrayData labels, ArrayData predictions, long step) {
        addPrCurve(tag, labels, predictions, null, 127, step);
    }

    /** As {@link #addPrCurve(String, ArrayData, ArrayData, long)}; waits for the tensors. */
    public void addPrCurve(String tag, Tensor labels, Tensor predictions, long step) {
        addPrCurve(tag, host(labels), host(predictions), step);
    }

    /**
     * As {@link #addPrCurve(String, ArrayData, ArrayData, long)}.
     *
     * @param weights weight of each sample, or null
     * @param thresholds number of thresholds, at least 2
     */
    public void addPrCurve(String tag, ArrayData labels, ArrayData predictions, double[] weights, int thresholds, long step) {
        PrCurves.check(tag, labels.data(), predictions.data(), weights, thresholds);
        HostArray l = labels.data().copy();
        HostArray p = predictions.data().copy();
        double[] w = weights == null ? null : weights.clone();
        double now = now();
        queue.submit(files -> {
            var tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT)
                    .setTensorShape(Graphs.shape(Shape.of(6, thresholds)));
            for (float v : PrCurves.compute(l, p, w, thresholds)) {
                tensor.addFloatVal(v);
            }
            files.write(folder, event(now, step, plugin(tag, "pr_curves",
                    PrCurvePluginData.newBuilder().setNumThresholds(thresholds).build(), tensor)));
        });
    }

    /** How the custom scalars tab combines scalars; the last layout of a run counts. */
    public void addCustomScalars(CustomScalarLayout layout) {
        double now = now();
        var proto = Layout.newBuilder();
        for (var category : layout.categories()) {
            var c = Category.newBuilder().setTitle(category.title());
            for (var chart : category.charts()) {
                c.addChart(switch (chart) {
                    case CustomScalarLayout.Lines lines -> Chart.newBuilder().setTitle(lines.title())
                            .setMultiline(MultilineChartContent.newBuilder().addAllTag(lines.tagPatterns()));
                    case CustomScalarLayout.Band band -> Chart.newBuilder().setTitle(band.title())
                            .setMargin(MarginChartContent.newBuilder().addSeries(MarginChartContent.Series.newBuilder()
                                    .setValue(band.value()).setLower(band.lower()).setUpper(band.upper())));
                });
            }
            proto.addCategory(c);
        }
        var tensor = TensorProto.newBuilder().setDtype(DataType.DT_STRING)
                .setTensorShape(TensorShapeProto.getDefaultInstance()).addStringVal(proto.build().toByteString());
        queue.submit(files -> files.write(folder, event(now, 0, plugin("custom_scalars__config__", "custom_scalars",
                null, tensor))));
    }

    /**
     * Points for the projector.
     *
     * @param vectors [N, D]
     * @param labels one row per point, or null
     * @param pictures [N, C, H, W] as in {@link #addImages}, shown at the points, or null
     */
    public void addEmbedding(String tag, ArrayData vectors, EmbeddingLabels labels, ArrayData pictures, long step) {
        Shape s = vectors.shape();
        if (s.rank() != 2 || s.numel() == 0) {
            throw new IllegalArgumentException("embedding '" + tag + "' has shape " + s + "; expected [N, D]");
        }
        if (labels != null && labels.rows().size() != s.dim(0)) {
            throw new IllegalArgumentException("embedding '" + tag + "' has " + s.dim(0) + " points but "
                    + labels.rows().size() + " labels");
        }
        if (pictures != null) {
            Images.checkBatch(tag, pictures.shape());
            if (pictures.shape().dim(0) != s.dim(0)) {
                throw new IllegalArgumentException("embedding '" + tag + "' has " + s.dim(0) + " points but "
                        + pictures.shape().dim(0) + " pictures");
            }
        }
        ArrayData v = copy(vectors);
        ArrayData p = pictures == null ? null : copy(pictures);
        queue.submit(_ -> projector.write(tag, step, v, labels, p));
    }

    /** As {@link #addEmbedding(String, ArrayData, EmbeddingLabels, ArrayData, long)}; waits for the tensors. */
    public void addEmbedding(String tag, Tensor vectors, EmbeddingLabels labels, Tensor pictures, long step) {
        addEmbedding(tag, host(vectors), labels, pictures == null ? null : host(pictures), step);
    }

    /** The model's graph; the last one of a run counts. */
    public void addGraph(GraphDescription graph) {
        double now = now();
        queue.submit(files -> files.write(folder, Event.newBuilder().setWallTime(now)
                .setGraphDef(Graphs.toProto(graph).toByteString()).build()));
    }

    /**
     * Sound of one channel.
     *
     * @param samples -1..1 (clipped)
     */
    public void addAudio(String tag, ArrayData samples, int sampleRate, long step) {
        HostArray copy = samples.data().copy();
        double now = now();
        queue.submit(files -> files.write(folder, event(now, step, Summary.Value.newBuilder().setTag(tag)
                .setAudio(Sounds.encode(copy, sampleRate)).build())));
    }

    /** As {@link #addAudio(String, ArrayData, int, long)}; waits for the tensor. */
    public void addAudio(String tag, Tensor samples, int sampleRate, long step) {
        addAudio(tag, host(samples), sampleRate, step);
    }

    /**
     * Begins this run's row in the hparams tab: its hyper-parameters (numbers, booleans; anything else by its text; null
     * is left out) and the names of the scalars to compare runs by, which are logged as scalars under these names.
     * Ended by {@link #endSession}; until then the row shows the run as running.
     */
    public void startSession(Map<String, ?> params, Collection<String> metrics) {
        double now = now();
        var experiment = Hparams.experiment(params, metrics);
        var start = Hparams.sessionStart(params, "", now);
        queue.submit(files -> {
            files.write(folder, event(now, 0, experiment));
            files.write(folder, event(now, 0, start));
        });
    }

    /** Says in the hparams tab how the run ended. */
    public void endSession(boolean success) {
        double now = now();
        queue.submit(files -> files.write(folder, event(now, 0, Hparams.sessionEnd(success, now))));
    }

    /** The whole row of a finished run in the hparams tab, with the values to compare it by. */
    public void addHparams(Map<String, ?> params, Map<String, Double> metrics, long step) {
        startSession(params, metrics.keySet());
        metrics.forEach((name, value) -> addScalar(name, value, step));
        endSession(true);
    }

    /**
     * Waits until everything added before is on disk.
     *
     * @throws LoggerException if the disk has failed
     */
    public void flush() {
        queue.flush();
        failure().ifPresent(e -> {
            throw new LoggerException(e.getMessage(), e.getCause());
        });
    }

    /** Writes what is left and closes the files; does not throw if the disk has failed: see {@link #failure}. */
    @Override
    public void close() {
        queue.close();
    }

    /** The first failure to write, if there was one. */
    public Optional<LoggerException> failure() {
        return queue.failure();
    }

    private static ArrayData host(Tensor tensor) {
        return new ArrayData(tensor.shape(), tensor.toHost());
    }

    /** A copy that later changes of the caller's array don't reach. */
    private static ArrayData copy(ArrayData array) {
        return new ArrayData(array.shape(), array.data().copy());
    }

    private double now() {
        var instant = clock.instant();
        return instant.getEpochSecond() + instant.getNano() / 1e9;
    }

    private static Event event(double wallTime, long step, Summary.Value value) {
        return Event.newBuilder().setWallTime(wallTime).setStep(step).setSummary(Summary.newBuilder().addValue(value)).build();
    }

    private static Summary.Value scalar(String tag, double value) {
        return Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
    }

    private static Summary.Value plugin(String tag, String plugin, MessageLite content, TensorProto.Builder tensor) {
        var data = SummaryMetadata.PluginData.newBuilder().setPluginName(plugin);
        if (content != null) {
            data.setContent(content.toByteString());
        }
        return Summary.Value.newBuilder().setTag(tag).setMetadata(SummaryMetadata.newBuilder().setPluginData(data))
                .setTensor(tensor).build();
    }
}
