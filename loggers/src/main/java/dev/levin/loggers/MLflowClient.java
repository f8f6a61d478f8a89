package dev.levin.loggers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** One request at a time to an MLflow tracking server, REST API 2.0. */
final class MLflowClient {
    /** The server's answer was not a success. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String code;

        Refused(String what, int status, String code, String message) {
            super(what + ": HTTP " + status + " " + code + (message.isBlank() ? "" : ": " + message));
            this.status = status;
            this.code = code;
        }

        /** MLflow's error code, e.g. {@code RESOURCE_DOES_NOT_EXIST}; empty if the answer had none. */
        String code() {
            return code;
        }

        /** Whether the same request may succeed later. */
        boolean isTemporary() {
            return status == 408 || status == 429 || status >= 500;
        }
    }

    static final ObjectMapper JSON = new ObjectMapper();

    private final URI server;
    private final String authorization;
    private final Duration timeout;
    private final HttpClient http;

    MLflowClient(URI server, Map<String, String> environment, Duration timeout) {
        this.server = server;
        this.authorization = authorization(environment);
        this.timeout = timeout;
        this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /** The credentials MLflow's own clients take from the environment, as a header; null for none. */
    private static String authorization(Map<String, String> environment) {
        String token = environment.get("MLFLOW_TRACKING_TOKEN");
        if (token != null) {
            return "Bearer " + token;
        }
        String user = environment.get("MLFLOW_TRACKING_USERNAME");
        if (user == null) {
            return null;
        }
        String pair = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    JsonNode get(String call, String parameter, String value) throws IOException {
        return send(call, request(call + "?" + parameter + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)).GET());
    }

    JsonNode post(String call, ObjectNode body) throws IOException {
        return send(call, request(call).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body))));
    }

    private HttpRequest.Builder request(String call) {
        String base = server.toString();
        var request = HttpRequest.newBuilder(URI.create((base.endsWith("/") ? base : base + "/") + "api/2.0/mlflow/" + call))
                .timeout(timeout);
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    private JsonNode send(String call, HttpRequest.Builder request) throws IOException {
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(call + " was interrupted", e);
        }
        if (response.statusCode() / 100 == 2) {
            return JSON.readTree(response.body());
        }
        JsonNode error = errorBody(response.body());
        throw new Refused(call, response.statusCode(), error.path("error_code").asText(""), error.path("message").asText(""));
    }

    /** A proxy in front of the server may answer with a page. */
    private static JsonNode errorBody(String body) {
        try {
            JsonNode node = JSON.readTree(body);
            return node == null ? JSON.createObjectNode() : node;
        } catch (IOException notJson) {
            return JSON.createObjectNode();
        }
    }

    void close() {
        http.close();
    }
}
