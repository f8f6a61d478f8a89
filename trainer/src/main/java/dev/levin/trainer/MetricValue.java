package dev.levin.trainer;

import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * A logged value with the step and the epoch that produced it. The number stays on the device until {@link #get} asks for
 * it, and is then kept.
 */
public final class MetricValue {
    private final long step;
    private final int epoch;
    private DoubleSupplier source;
    private double value;

    MetricValue(DoubleSupplier source, long step, int epoch) {
        this.source = source;
        this.step = step;
        this.epoch = epoch;
    }

    /** A value that is known. */
    public MetricValue(double value, long step, int epoch) {
        this(null, step, epoch);
        this.value = value;
    }

    /** The number; the first call waits for the device if need be. */
    public double get() {
        if (source != null) {
            value = source.getAsDouble();
            source = null;
        }
        return value;
    }

    /** Optimizer steps done when the value was produced. */
    public long step() {
        return step;
    }

    /** Zero-based epoch that produced the value. */
    public int epoch() {
        return epoch;
    }

    List<Object> save() {
        return List.of(get(), step, epoch);
    }

    static MetricValue load(List<?> saved) {
        return new MetricValue(Json.number(saved.get(0)), (long) Json.number(saved.get(1)), (int) Json.number(saved.get(2)));
    }

    @Override
    public String toString() {
        return get() + " (epoch " + epoch + ", step " + step + ")";
    }
}
