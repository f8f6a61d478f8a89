package dev.levin.loggers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Answers as an MLflow tracking server does, by its documented contract: paths, required fields, limits of a batch, error
 * codes and their HTTP statuses, parameters that must not change.
 */
final class MLflowServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Path and body of each request, in order. */
    final List<String> calls = new ArrayList<>();
    final List<String> authorizations = new ArrayList<>();
    final List<JsonNode> metrics = new ArrayList<>();
    final Map<String, String> params = new LinkedHashMap<>();
    final Map<String, String> tags = new LinkedHashMap<>();
    /** HTTP statuses to fail the next requests with. */
    final Queue<Integer> failures = new ArrayDeque<>();
    String experimentName = "";
    String runName = "";
    String status = "";
    int largestBatch;
    private final HttpServer http;

    MLflowServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", this::handle);
        http.start();
    }

    String uri() {
        return "http://localhost:" + http.getAddress().getPort();
    }

    @Override
    public void close() {
        http.stop(0);
    }

    private static final class Problem extends Exception {
        private static final long serialVersionUID = 1L;
        private final int http;
        private final String code;

        Problem(int http, String code, String message) {
            super(message);
            this.http = http;
            this.code = code;
        }
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        byte[] request = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath().replace("/api/2.0/mlflow/", "");
        calls.add(path);
        authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
        int code = 200;
        JsonNode answer;
        Integer failure = failures.poll();
        if (failure != null) {
            code = failure;
            answer = JSON.createObjectNode().put("error_code", code == 429 ? "REQUEST_LIMIT_EXCEEDED" : "TEMPORARILY_UNAVAILABLE");
        } else {
            try {
                if (request.length > 1_000_000) {
                    throw new Problem(400, "INVALID_PARAMETER_VALUE", "request of " + request.length + " bytes");
                }
                answer = answer(exchange.getRequestMethod() + " " + path, exchange.getRequestURI().getQuery(), JSON.readTree(request));
            } catch (Problem p) {
                code = p.http;
                answer = JSON.createObjectNode().put("error_code", p.code).put("message", p.getMessage());
            }
        }
        byte[] bytes = JSON.writeValueAsBytes(answer);
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private JsonNode answer(String call, String query, JsonNode body) throws Problem {
        ObjectNode answer = JSON.createObjectNode();
        switch (call) {
            case "GET experiments/get-by-name" -> {
                if (!query.equals("experiment_name=" + experimentName)) {
                    throw new Problem(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with " + query);
                }
                answer.putObject("experiment").put("experiment_id", "7").put("name", experimentName).put("lifecycle_stage", "active");
            }
            case "POST experiments/create" -> {
                experimentName = text(body, "name");
                answer.put("experiment_id", "7");
            }
            case "POST runs/create" -> {
                if (!text(body, "experiment_id").equals("7") || !body.get("start_time").isIntegralNumber()) {
                    throw new Problem(400, "INVALID_PARAMETER_VALUE", body.toString());
                }
                runName = body.path("run_name").asText();
                body.path("tags").forEach(t -> tags.put(t.get("key").asText(), t.get("value").asText()));
                status = "RUNNING";
                answer.putObject("run").putObject("info").put("run_id", "r1").put("run_uuid", "r1").put("status", status);
            }
            case "POST runs/log-batch" -> logBatch(body);
            case "POST runs/update" -> {
                checkRun(body);
                status = text(body, "status");
                answer.putObject("run_info").put("run_id", "r1").put("status", status);
            }
            default -> throw new Problem(404, "ENDPOINT_NOT_FOUND", call);
        }
        return answer;
    }

    private void logBatch(JsonNode body) throws Problem {
        checkRun(body);
        int m = body.path("metrics").size();
        int p = body.path("params").size();
        int t = body.path("tags").size();
        if (m > 1000 || p > 100 || t > 100 || m + p + t > 1000) {
            throw new Problem(400, "INVALID_PARAMETER_VALUE", "A batch logging request can contain at most 1000 metrics");
        }
        largestBatch = Math.max(largestBatch, m + p + t);
        for (JsonNode metric : body.path("metrics")) {
            String key = text(metric, "key");
            if (!key.matches("[/\\w.\\- :]+") || !metric.get("timestamp").isIntegralNumber()
                    || !metric.get("step").isIntegralNumber()
                    || !metric.get("value").isNumber() && !List.of("NaN", "Infinity", "-Infinity").contains(metric.get("value").asText())) {
                throw new Problem(400, "INVALID_PARAMETER_VALUE", "Invalid metric " + metric);
            }
            metrics.add(metric);
        }
        for (JsonNode param : body.path("params")) {
            String key = text(param, "key");
            String value = text(param, "value");
            if (value.length() > 6000) {
                throw new Problem(400, "INVALID_PARAMETER_VALUE", "Param value exceeds 6000 characters");
            }
            String old = params.putIfAbsent(key, value);
            if (old != null && !old.equals(value)) {
                throw new Problem(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed: " + key);
            }
        }
        for (JsonNode tag : body.path("tags")) {
            tags.put(text(tag, "key"), text(tag, "value"));
        }
    }

    private static void checkRun(JsonNode body) throws Problem {
        if (!text(body, "run_id").equals("r1")) {
            throw new Problem(404, "RESOURCE_DOES_NOT_EXIST", "Run " + body.get("run_id") + " not found");
        }
    }

    private static String text(JsonNode body, String field) throws Problem {
        if (!body.path(field).isTextual()) {
            throw new Problem(400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter '" + field + "'");
        }
        return body.get(field).asText();
    }
}
