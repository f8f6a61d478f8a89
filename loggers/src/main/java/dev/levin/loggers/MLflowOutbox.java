package dev.levin.loggers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.levin.trainer.LoggerException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be sent to one MLflow run, and the thread that sends it.
 *
 * <p>A pump runs while there is work: it makes one request, takes what was sent off the queues if that succeeded, and
 * schedules itself again, at once or after a pause. There is never more than one pump, so requests keep their order.
 */
final class MLflowOutbox {
    /** Nothing to do; a pump will start soon, unless brought forward; a pump runs or waits to try again. */
    private enum State { IDLE, GATHERING, BUSY }

    static final List<Duration> RETRIES = List.of(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2),
            Duration.ofSeconds(4), Duration.ofSeconds(8));
    /** The server's limits for one log-batch request. */
    static final int METRICS_PER_BATCH = 1000;
    static final int PARAMS_PER_BATCH = 100;
    static final int TAGS_PER_BATCH = 100;
    /** Of the 1 MB that a request may have, a little is left for what is around the items. */
    static final int BYTES_PER_BATCH = 900_000;

    private static final int MOST_WAITING = 1_000_000;
    private static final long GATHER_MILLIS = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(MLflowOutbox.class);

    private final MLflowClient client;
    private final URI server;
    private final String experiment;
    private final String runName;
    private final Map<String, String> runTags;
    private final List<Duration> retries;
    private final ScheduledExecutorService thread;

    // All guarded by this.
    private final Queue<ObjectNode> metrics = new ArrayDeque<>();
    private final Queue<ObjectNode> params = new ArrayDeque<>();
    private final Queue<ObjectNode> tags = new ArrayDeque<>();
    private final List<CompletableFuture<Void>> drained = new ArrayList<>();
    private String status;
    private String runId;
    private boolean confirmed;
    private State state = State.IDLE;
    private Future<?> gathering;
    private int failures;
    private LoggerException failure;

    MLflowOutbox(MLflowClient client, URI server, String experiment, String runName, String runId,
                 Map<String, String> runTags, List<Duration> retries) {
        this.client = client;
        this.server = server;
        this.experiment = experiment;
        this.runName = runName;
        this.runId = runId;
        this.runTags = Map.copyOf(runTags);
        this.retries = retries;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("levin-mlflow").factory());
    }

    synchronized String runId() {
        return runId;
    }

    synchronized Optional<LoggerException> failure() {
        return Optional.ofNullable(failure);
    }

    void addMetrics(Collection<ObjectNode> items) {
        add(metrics, items);
    }

    void addParams(Collection<ObjectNode> items) {
        add(params, items);
    }

    void addTags(Collection<ObjectNode> items) {
        add(tags, items);
    }

    private synchronized void add(Queue<ObjectNode> queue, Collection<ObjectNode> items) {
        if (failure != null) {
            return;
        }
        if (queue.size() + items.size() > MOST_WAITING) {
            fail(new IOException(queue.size() + " values wait to be sent: the server is too slow"));
            return;
        }
        queue.addAll(items);
        if (state == State.IDLE) {
            state = State.GATHERING;
            gathering = thread.schedule(this::pump, GATHER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits until all is sent, or sending has failed. */
    void drain() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (this) {
            if (failure != null || !hasWork()) {
                return;
            }
            drained.add(done);
            if (state == State.IDLE || state == State.GATHERING && gathering.cancel(false)) {
                state = State.BUSY;
                thread.execute(this::pump);
            }
        }
        done.join();
    }

    /** Sends all and then the run's status, and waits for it. */
    void finish(String status) {
        synchronized (this) {
            if (runId.isEmpty() && !hasWork()) {
                return;
            }
            this.status = status;
        }
        drain();
    }

    /** Ends the thread and the connections; nothing may be added afterwards. */
    void close() {
        thread.shutdown();
        client.close();
    }

    private boolean hasWork() {
        return !metrics.isEmpty() || !params.isEmpty() || !tags.isEmpty() || status != null;
    }

    /** On the thread: one request, then again while there is work. */
    private void pump() {
        synchronized (this) {
            state = State.BUSY;
            if (failure != null || !hasWork()) {
                idle();
                return;
            }
        }
        try {
            request();
            synchronized (this) {
                failures = 0;
            }
            thread.execute(this::pump);
        } catch (MLflowClient.Refused e) {
            if (e.isTemporary()) {
                retry(e);
            } else {
                fail(e);
            }
        } catch (IOException e) {
            retry(e);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private synchronized void retry(IOException e) {
        if (failures >= retries.size()) {
            fail(e);
            return;
        }
        Duration wait = retries.get(failures++);
        thread.schedule(this::pump, wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void fail(Exception e) {
        if (failure == null) {
            String reason = e.getMessage() != null ? e.getMessage() : e.getClass().getSimpleName();
            String message = "MLflow server " + server + " does not take the log (" + reason + ")"
                    + (failures > 0 ? " after " + (failures + 1) + " attempts" : "")
                    + "; nothing more is logged there. Check that it runs and the credentials are right";
            failure = new LoggerException(message, e);
            LOG.error(message);
        }
        idle();
    }

    private synchronized void idle() {
        state = State.IDLE;
        if (failure != null) {
            metrics.clear();
            params.clear();
            tags.clear();
        }
        drained.forEach(d -> d.complete(null));
        drained.clear();
    }

    private void request() throws IOException {
        if (!isConfirmed()) {
            connect();
            return;
        }
        if (sendBatch("params", params, PARAMS_PER_BATCH) || sendBatch("tags", tags, TAGS_PER_BATCH)
                || sendBatch("metrics", metrics, METRICS_PER_BATCH)) {
            return;
        }
        String end;
        synchronized (this) {
            end = status;
        }
        client.post("runs/update", body().put("status", end).put("end_time", System.currentTimeMillis()));
        synchronized (this) {
            status = null;
        }
    }

    private synchronized boolean isConfirmed() {
        return confirmed;
    }

    private synchronized ObjectNode body() {
        return MLflowClient.JSON.createObjectNode().put("run_id", runId);
    }

    private void connect() throws IOException {
        if (!runId().isEmpty()) {
            client.post("runs/update", body().put("status", "RUNNING"));
        } else {
            ObjectNode body = MLflowClient.JSON.createObjectNode().put("experiment_id", experimentId())
                    .put("start_time", System.currentTimeMillis());
            if (!runName.isEmpty()) {
                body.put("run_name", runName);
            }
            ArrayNode list = body.putArray("tags");
            list.addObject().put("key", "mlflow.user").put("value", System.getProperty("user.name"));
            runTags.forEach((key, value) -> list.addObject().put("key", key).put("value", value));
            String id = client.post("runs/create", body).path("run").path("info").path("run_id").asText("");
            if (id.isEmpty()) {
                throw new MLflowClient.Refused("runs/create", 200, "", "the answer has no run.info.run_id; is this an MLflow server?");
            }
            synchronized (this) {
                runId = id;
            }
        }
        synchronized (this) {
            confirmed = true;
        }
    }

    private String experimentId() throws IOException {
        try {
            return findExperiment();
        } catch (MLflowClient.Refused e) {
            if (!e.code().equals("RESOURCE_DOES_NOT_EXIST")) {
                throw e;
            }
        }
        try {
            return client.post("experiments/create", MLflowClient.JSON.createObjectNode().put("name", experiment))
                    .path("experiment_id").asText();
        } catch (MLflowClient.Refused e) {
            if (e.code().equals("RESOURCE_ALREADY_EXISTS")) {
                return findExperiment(); // another run made it meanwhile
            }
            throw e;
        }
    }

    private String findExperiment() throws IOException {
        JsonNode found = client.get("experiments/get-by-name", "experiment_name", experiment).path("experiment");
        if (found.path("lifecycle_stage").asText().equals("deleted")) {
            throw new MLflowClient.Refused("experiments/get-by-name", 200, "", "experiment '" + experiment
                    + "' was deleted; restore it (mlflow experiments restore) or choose another name");
        }
        return found.path("experiment_id").asText();
    }

    private synchronized List<ObjectNode> batch(Queue<ObjectNode> queue, int limit) throws IOException {
        List<ObjectNode> batch = new ArrayList<>();
        int bytes = 0;
        for (ObjectNode item : queue) {
            bytes += MLflowClient.JSON.writeValueAsBytes(item).length + 1;
            if (batch.size() == limit || bytes > BYTES_PER_BATCH) {
                break;
            }
            batch.add(item);
        }
        return batch;
    }

    private boolean sendBatch(String kind, Queue<ObjectNode> queue, int limit) throws IOException {
        List<ObjectNode> batch = batch(queue, limit);
        if (batch.isEmpty()) {
            return false;
        }
        ObjectNode body = body();
        body.putArray(kind).addAll(batch);
        try {
            client.post("runs/log-batch", body);
        } catch (MLflowClient.Refused e) {
            if (!e.code().equals("INVALID_PARAMETER_VALUE")) {
                throw e;
            }
            // Such as a parameter that a continued run logged with another value: the rest of the log is still wanted.
            LOG.warn("MLflow refused {} {}: {}", batch.size(), kind, e.getMessage());
        }
        synchronized (this) {
            for (int i = 0; i < batch.size(); i++) {
                queue.remove();
            }
        }
        return true;
    }
}
