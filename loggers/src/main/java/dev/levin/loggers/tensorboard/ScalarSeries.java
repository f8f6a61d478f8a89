package dev.levin.loggers.tensorboard;

import dev.levin.loggers.tensorboard.proto.DataType;
import dev.levin.loggers.tensorboard.proto.Event;
import dev.levin.loggers.tensorboard.proto.SessionLog;
import dev.levin.loggers.tensorboard.proto.Summary;
import dev.levin.loggers.tensorboard.proto.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One scalar chart line of one run: what was logged under a tag, in the order of logging.
 *
 * @param tag name of the metric
 * @param points values with their steps
 */
public record ScalarSeries(String tag, List<Point> points) {

    /**
     * @param step position on the x-axis
     * @param value the value in the precision of the file (usually F32)
     * @param wallTime seconds since 1970
     */
    public record Point(long step, double value, double wallTime) {}

    public ScalarSeries {
        points = List.copyOf(points);
    }

    public double[] values() {
        return points.stream().mapToDouble(Point::value).toArray();
    }

    public long[] steps() {
        return points.stream().mapToLong(Point::step).toArray();
    }

    /** The value logged last. */
    public double last() {
        return points.getLast().value();
    }

    /** The value logged last for a step. */
    public OptionalDouble at(long step) {
        return points.reversed().stream().filter(p -> p.step() == step).mapToDouble(Point::value).findFirst();
    }

    /** The smallest value; NaN only if every value is. */
    public double min() {
        return points.stream().mapToDouble(Point::value).filter(v -> !Double.isNaN(v)).min().orElse(Double.NaN);
    }

    /** The largest value; NaN only if every value is. */
    public double max() {
        return points.stream().mapToDouble(Point::value).filter(v -> !Double.isNaN(v)).max().orElse(Double.NaN);
    }

    /**
     * The scalars of one run: of the event files directly in {@code folder}, or of one file. Keys are tags in the order of
     * their first appearance. Values that a restarted run has declared void are left out.
     *
     * @throws EventFileException if a file is damaged (a cut last record is not damage)
     */
    public static Map<String, ScalarSeries> ofRun(Path folder) throws IOException {
        Map<String, List<Point>> points = new LinkedHashMap<>();
        for (Event event : EventFileReader.readAll(folder)) {
            if (event.getSessionLog().getStatus() == SessionLog.SessionStatus.START) {
                points.values().forEach(list -> list.removeIf(p -> p.step() >= event.getStep()));
            }
            for (Summary.Value value : event.getSummary().getValueList()) {
                scalar(value).ifPresent(v -> points.computeIfAbsent(value.getTag(), _ -> new ArrayList<>())
                        .add(new Point(event.getStep(), v, event.getWallTime())));
            }
        }
        Map<String, ScalarSeries> series = new LinkedHashMap<>();
        points.forEach((tag, list) -> {
            if (!list.isEmpty()) {
                series.put(tag, new ScalarSeries(tag, list));
            }
        });
        return Collections.unmodifiableMap(series);
    }

    /** The scalars of every run below {@code root}: keys are folders relative to it with '/', {@code "."} for itself. */
    public static Map<String, Map<String, ScalarSeries>> ofRuns(Path root) throws IOException {
        List<Path> folders;
        try (Stream<Path> all = Files.walk(root)) {
            folders = all.filter(Files::isDirectory).toList();
        }
        Map<String, Map<String, ScalarSeries>> runs = new TreeMap<>();
        for (Path folder : folders) {
            if (!EventFileReader.files(folder).isEmpty()) {
                String name = root.relativize(folder).toString().replace('\\', '/');
                runs.put(name.isEmpty() ? "." : name, ofRun(folder));
            }
        }
        return runs;
    }

    private static Optional<Double> scalar(Summary.Value value) {
        return switch (value.getValueCase()) {
            case SIMPLE_VALUE -> Optional.of((double) value.getSimpleValue());
            // TensorFlow 2 and add_scalar(new_style=True) write scalars as tensors of rank 0.
            case TENSOR -> value.getMetadata().getPluginData().getPluginName().equals("scalars")
                    ? scalar(value.getTensor()) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<Double> scalar(TensorProto tensor) {
        ByteBuffer content = tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (tensor.getDtype() == DataType.DT_FLOAT) {
            return tensor.getFloatValCount() > 0 ? Optional.of((double) tensor.getFloatVal(0))
                    : content.remaining() == 4 ? Optional.of((double) content.getFloat()) : Optional.empty();
        }
        if (tensor.getDtype() == DataType.DT_DOUBLE) {
            return tensor.getDoubleValCount() > 0 ? Optional.of(tensor.getDoubleVal(0))
                    : content.remaining() == 8 ? Optional.of(content.getDouble()) : Optional.empty();
        }
        return Optional.empty();
    }
}
