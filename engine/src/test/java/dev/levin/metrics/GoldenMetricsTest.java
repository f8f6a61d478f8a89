package dev.levin.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Every metric against values of torchmetrics, among them ties, absent classes, constant targets, NaN and empty batches. */
class GoldenMetricsTest {
    private static JsonNode cases() throws IOException {
        try (InputStream in = GoldenMetricsTest.class.getResourceAsStream("metrics.json.gz")) {
            return new ObjectMapper().readTree(new GZIPInputStream(in)).get("cases");
        }
    }

    private interface Way {
        Metric<?> gather(JsonNode c);
    }

    private static void compare(Way way, int every) throws IOException {
        List<String> wrong = new ArrayList<>();
        TreeMap<String, Integer> counts = new TreeMap<>();
        int i = 0;
        for (JsonNode c : cases()) {
            if (i++ % every != 0) {
                continue;
            }
            String difference;
            try {
                difference = difference(c, GoldenMetrics.results(way.gather(c)));
            } catch (RuntimeException e) {
                difference = e.toString();
            }
            counts.merge(c.get("metric").textValue(), 1, Integer::sum);
            if (difference != null) {
                wrong.add(c.get("id").textValue() + " " + c.get("options") + ": " + difference);
            }
        }
        assertEquals("", wrong.stream().limit(40).collect(Collectors.joining("\n")), wrong.size() + " of " + i);
        assertTrue(every > 1 || counts.size() == 29, counts.toString());
    }

    private static String difference(JsonNode c, List<Tensor> results) {
        List<Double> want = new ArrayList<>();
        c.get("expected").forEach(e -> want.addAll(values(GoldenMetrics.read(e))));
        List<Double> got = new ArrayList<>();
        // Given thresholds are the same for all classes; torchmetrics returns them once.
        results.stream().limit(Math.max(c.get("expected").size(), rows(c, results))).forEach(t -> got.addAll(values(t)));
        if (got.size() != want.size()) {
            return "there are " + got.size() + " values " + got + ", not " + want.size() + " " + want;
        }
        for (int i = 0; i < got.size(); i++) {
            double a = got.get(i);
            double b = want.get(i);
            boolean same = Double.compare(a, b) == 0 || Math.abs(a - b) <= 2e-6 + 2e-6 * Math.abs(b);
            if (!same) {
                return "got " + got + ", not " + want;
            }
        }
        return null;
    }

    private static long rows(JsonNode c, List<Tensor> results) {
        boolean curve = results.size() > 1;
        return curve && c.get("options").has("thresholds") ? results.size() / 3 * 2 + 1 : results.size();
    }

    private static List<Double> values(Tensor t) {
        List<Double> values = new ArrayList<>();
        for (double v : t.toDoubles()) {
            values.add(v == 0 ? 0.0 : v);
        }
        return values;
    }

    @Test
    void updatesInSteps() throws IOException {
        compare(c -> {
            Metric<?> m = GoldenMetrics.make(c);
            GoldenMetrics.batches(c).forEach(b -> Step.run("update", () -> GoldenMetrics.update(m, b)));
            return m;
        }, 1);
    }

    @Test
    void eachBatchInItsOwnProcessMergedAfterwards() throws IOException {
        compare(c -> {
            Metric<?> all = GoldenMetrics.make(c);
            for (List<Tensor> b : GoldenMetrics.batches(c)) {
                Metric<?> part = GoldenMetrics.make(c);
                GoldenMetrics.update(part, b);
                all.mergeState(part.state());
            }
            return all;
        }, 7);
    }

    @Test
    void goingOnFromASavedStateAfterAReset() throws IOException {
        compare(c -> {
            Metric<?> m = GoldenMetrics.make(c);
            List<List<Tensor>> batches = GoldenMetrics.batches(c);
            GoldenMetrics.update(m, batches.getFirst());
            List<Tensor> saved = m.state().stream().map(t -> Tensor.of(t.toHost().copy(), t.shape())).toList();
            m.reset();
            GoldenMetrics.update(m, batches.getFirst());
            m.reset();
            m.loadState(saved);
            batches.stream().skip(1).forEach(b -> GoldenMetrics.update(m, b));
            return m;
        }, 7);
    }
}
