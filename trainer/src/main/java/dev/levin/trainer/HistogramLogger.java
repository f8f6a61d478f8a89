package dev.levin.trainer;

import dev.levin.tensor.Tensor;

/** A logger that shows how values are distributed; ask for it by {@link Logger#experiment(Class)}. */
public interface HistogramLogger {
    /** @param values of any shape; read at once */
    void logHistogram(String tag, Tensor values, long step);
}
