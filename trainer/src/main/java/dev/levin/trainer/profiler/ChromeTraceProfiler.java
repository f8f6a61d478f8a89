package dev.levin.trainer.profiler;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Writes hooks, plan runs, launches and waits for loaders, each on its thread, as a trace in the format of Chrome's
 * {@code about:tracing} (the "JSON object format" of its Trace Event document): {@code fit-profile.json}, which
 * <a href="https://ui.perfetto.dev">Perfetto</a> opens too.
 */
public final class ChromeTraceProfiler extends RecordingProfiler {
    /** Writes into the folder of the run. */
    public ChromeTraceProfiler() {
        this(null);
    }

    /** @param folder where the traces go; null for the folder of the run */
    public ChromeTraceProfiler(Path folder) {
        super(folder);
    }

    @Override
    String file(Path place) {
        return "trace        " + ending(place, ".json") + " (open it at https://ui.perfetto.dev or chrome://tracing)";
    }

    @Override
    void write(Recording stopped, Path place) throws IOException {
        Path recorded = ending(place, ".jfr.tmp");
        stopped.dump(recorded);
        try (RecordingFile events = new RecordingFile(recorded);
                JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(ending(place, ".json")))) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeArrayFieldStart("traceEvents");
            Instant start = stopped.getStartTime();
            Map<Long, String> threads = new LinkedHashMap<>();
            while (events.hasMoreEvents()) {
                RecordedEvent e = events.readEvent();
                if (e.getEventType().getName().startsWith("levin.") && e.getThread() != null) {
                    RecordedThread t = e.getThread();
                    threads.putIfAbsent(t.getJavaThreadId(), String.valueOf(t.getJavaName()));
                    event(json, e, start);
                }
            }
            for (Map.Entry<Long, String> t : threads.entrySet()) {
                json.writeStartObject();
                json.writeStringField("name", "thread_name");
                json.writeStringField("ph", "M");
                json.writeNumberField("pid", 1);
                json.writeNumberField("tid", t.getKey());
                json.writeObjectFieldStart("args");
                json.writeStringField("name", t.getValue());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } finally {
            Files.deleteIfExists(recorded);
        }
    }

    /** A complete event, times in microseconds. */
    private static void event(JsonGenerator json, RecordedEvent e, Instant start) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name(e));
        json.writeStringField("cat", e.getEventType().getLabel());
        json.writeStringField("ph", "X");
        json.writeNumberField("ts", Duration.between(start, e.getStartTime()).toNanos() / 1e3);
        json.writeNumberField("dur", e.getDuration().toNanos() / 1e3);
        json.writeNumberField("pid", 1);
        json.writeNumberField("tid", e.getThread().getJavaThreadId());
        json.writeObjectFieldStart("args");
        for (ValueDescriptor v : e.getFields()) {
            Object value = e.getValue(v.getName());
            switch (v.getName()) {
                case "startTime", "duration", "eventThread", "stackTrace", "action" -> { }
                default -> {
                    switch (value) {
                        case null -> { }
                        case Number n -> json.writeNumberField(v.getName(), n.doubleValue());
                        default -> json.writeStringField(v.getName(), value.toString());
                    }
                }
            }
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static String name(RecordedEvent e) {
        for (String field : new String[] {"action", "kernel"}) {
            if (e.hasField(field) && e.getString(field) != null) {
                return e.getString(field);
            }
        }
        String step = e.hasField("step") ? e.getString("step") : null;
        return e.getEventType().getLabel() + (step == null ? "" : " " + step);
    }
}
