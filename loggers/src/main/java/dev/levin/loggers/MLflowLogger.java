package dev.levin.loggers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.levin.trainer.Logger;
import dev.levin.trainer.LoggerException;
import dev.levin.trainer.SavedCheckpoint;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/**
 * Logs to a run on an MLflow tracking server.
 *
 * <p>The experiment is looked up by name, and made if it does not exist; the run is made when something is first logged.
 * Calls only queue: a daemon thread sends metrics, parameters and tags in batches, at most a second later. A request that
 * fails for a passing reason (no connection, HTTP 408, 429 or 5xx) is sent again after 0.5, 1, 2, 4 and 8 seconds; then the
 * logger gives up, says so once and drops the rest.
 *
 * <p>Credentials come from {@code MLFLOW_TRACKING_TOKEN}, or {@code MLFLOW_TRACKING_USERNAME} and
 * {@code MLFLOW_TRACKING_PASSWORD}. Metric names may hold letters, digits, {@code _ - . / :} and blanks; other characters
 * become {@code _}. Parameters longer than 6000 characters are cut.
 */
public final class MLflowLogger implements Logger {
    private static final int LONGEST_PARAM = 6000;
    private static final int LONGEST_TAG = 5000;

    private final String experiment;
    private final URI server;
    private final Map<String, String> tags = new LinkedHashMap<>();
    private final Set<String> renamed = ConcurrentHashMap.newKeySet();
    private String runName = "";
    private String runId = "";
    private String prefix = "";
    private List<Duration> retries = MLflowOutbox.RETRIES;
    private MLflowOutbox outbox;
    private LoggerException failure;

    /**
     * @param trackingUri address of the server, e.g. {@code http://localhost:5000}
     * @param experiment name of the experiment
     * @throws IllegalArgumentException unless the address is an http or https URL
     */
    public MLflowLogger(String trackingUri, String experiment) {
        URI uri = URI.create(trackingUri);
        if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
            throw new IllegalArgumentException("MLflow's tracking URI is '" + trackingUri + "'; expected http://host:port or "
                    + "https://host of a running server (start one with: mlflow server)");
        }
        this.server = uri;
        this.experiment = experiment;
    }

    /** Name of the run as the server shows it; the server makes one up otherwise. */
    public MLflowLogger runName(String name) {
        this.runName = name;
        return this;
    }

    /** Continues a run of that id instead of making one. */
    public MLflowLogger runId(String id) {
        this.runId = id;
        return this;
    }

    /** A tag of the run. */
    public MLflowLogger tag(String key, String value) {
        tags.put(key, value);
        return this;
    }

    /** Puts {@code prefix-} before every metric's name. */
    public MLflowLogger prefix(String prefix) {
        this.prefix = prefix;
        return this;
    }

    /** Waiting times before a failed request is sent again, one per repetition. */
    MLflowLogger retries(List<Duration> waits) {
        this.retries = waits;
        return this;
    }

    @Override
    public String name() {
        return experiment;
    }

    /** The id of the run; empty until the server has named it. */
    @Override
    public synchronized String version() {
        return outbox == null ? runId : outbox.runId();
    }

    private synchronized MLflowOutbox outbox() {
        if (outbox == null) {
            outbox = new MLflowOutbox(new MLflowClient(server, System.getenv(), Duration.ofSeconds(30)), server, experiment,
                    runName, runId, tags, retries);
        }
        return outbox;
    }

    @Override
    public void logMetrics(Map<String, Double> metrics, long step) {
        if (failure().isPresent()) {
            return;
        }
        long now = System.currentTimeMillis();
        outbox().addMetrics(metrics.entrySet().stream().map(e -> {
            ObjectNode metric = MLflowClient.JSON.createObjectNode().put("key", metricName(e.getKey()));
            double v = e.getValue();
            if (Double.isFinite(v)) {
                metric.put("value", v);
            } else {
                metric.put("value", Double.toString(v)); // protobuf's JSON form: "NaN", "Infinity", "-Infinity"
            }
            return metric.put("timestamp", now).put("step", step);
        }).toList());
    }

    private String metricName(String name) {
        String full = prefix.isEmpty() ? name : prefix + "-" + name;
        String allowed = full.replaceAll("[^\\w./:\\- ]", "_");
        if (!allowed.equals(full) && renamed.add(full)) {
            LoggerFactory.getLogger(MLflowLogger.class).warn("MLflow does not take the metric name '{}'; it is logged as '{}'",
                    full, allowed);
        }
        return allowed;
    }

    @Override
    public void logHyperparams(Map<String, ?> params, Map<String, Double> metrics) {
        if (failure().isPresent()) {
            return;
        }
        outbox().addParams(HparamsFile.flatten(params).entrySet().stream()
                .map(e -> pair(e.getKey(), String.valueOf(e.getValue()), LONGEST_PARAM)).toList());
        if (!metrics.isEmpty()) {
            logMetrics(metrics, 0);
        }
    }

    @Override
    public void afterSaveCheckpoint(SavedCheckpoint checkpoint) {
        if (failure().isPresent()) {
            return;
        }
        outbox().addTags(List.of(pair("checkpoint.last", checkpoint.path().toString(), LONGEST_TAG)));
        checkpoint.best().ifPresent(best -> outbox().addTags(List.of(pair("checkpoint.best", best.toString(), LONGEST_TAG))));
    }

    private static ObjectNode pair(String key, String value, int longest) {
        return MLflowClient.JSON.createObjectNode().put("key", key)
                .put("value", value.length() > longest ? value.substring(0, longest - 1) + "…" : value);
    }

    /**
     * Waits until the server has everything; with retries that can take a minute.
     *
     * @throws LoggerException if the server refused something or can't be reached
     */
    @Override
    public synchronized void flush() {
        if (outbox != null) {
            outbox.drain();
        }
        failure().ifPresent(e -> {
            throw new LoggerException(e.getMessage(), e.getCause());
        });
    }

    /** Sends the rest and the run's status. A later call continues the same run. */
    @Override
    public synchronized void finalizeRun(Status status) {
        if (outbox == null) {
            return;
        }
        outbox.finish(switch (status) {
            case SUCCESS -> "FINISHED";
            case FAILED -> "FAILED";
            case INTERRUPTED -> "KILLED";
        });
        runId = outbox.runId();
        failure = outbox.failure().orElse(null);
        outbox.close();
        outbox = null;
    }

    @Override
    public synchronized Optional<LoggerException> failure() {
        return outbox == null ? Optional.ofNullable(failure) : outbox.failure();
    }
}
