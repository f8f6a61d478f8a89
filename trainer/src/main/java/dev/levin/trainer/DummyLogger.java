package dev.levin.trainer;

import java.util.Map;

/** Accepts every call and keeps nothing: what each logger is replaced by under {@code fastDevRun}. */
public final class DummyLogger implements Logger {
    @Override
    public void logMetrics(Map<String, Double> metrics, long step) {}

    @Override
    public String name() {
        return "dummy";
    }
}
