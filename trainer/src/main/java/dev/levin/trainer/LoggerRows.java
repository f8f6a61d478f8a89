package dev.levin.trainer;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows on their way to the loggers. A row is held until the next batch has been handed to the device, so that reading its
 * values does not make the device wait for the host; order is kept.
 */
final class LoggerRows {
    private record Row(Map<String, MetricValue> values, long x, int epoch, long added) {}

    private final ArrayDeque<Row> waiting = new ArrayDeque<>();
    private List<Logger> loggers = List.of();
    private long batches;

    void to(List<Logger> targets) {
        loggers = List.copyOf(targets);
        waiting.clear();
    }

    boolean isEmpty() {
        return loggers.isEmpty();
    }

    /** @param epoch sent along under that name unless the row has it; -1 for not */
    void add(Map<String, MetricValue> values, long x, int epoch) {
        if (!loggers.isEmpty() && !values.isEmpty()) {
            waiting.add(new Row(values, x, epoch, batches));
        }
    }

    /** A batch was handed over: rows added before it are due. */
    void deliverOlder() {
        batches++;
        while (!waiting.isEmpty() && waiting.getFirst().added < batches) {
            deliver(waiting.removeFirst());
        }
    }

    /** All rows are due. */
    void deliver() {
        while (!waiting.isEmpty()) {
            deliver(waiting.removeFirst());
        }
    }

    private void deliver(Row row) {
        Map<String, Double> values = new LinkedHashMap<>();
        row.values.forEach((k, v) -> values.put(k, v.get()));
        Double own = values.remove("step");
        if (row.epoch >= 0) {
            values.putIfAbsent("epoch", (double) row.epoch);
        }
        long x = own == null ? row.x : own.longValue();
        for (Logger l : loggers) {
            l.logMetrics(values, x);
            l.save();
        }
    }
}
