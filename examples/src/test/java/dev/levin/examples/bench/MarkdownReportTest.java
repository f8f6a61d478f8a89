package dev.levin.examples.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.examples.bench.Cell.Kind;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class MarkdownReportTest {
    private static final Cell WIDE = new Cell(Kind.TRAIN, "mlp_wide", 1, 256);
    private static final String RUN = """
            {"kind": "TRAIN", "workload": "mlp_wide", "threads": 1, "batch": 256, "peer": "%s", "round": %d, "steps_per_s": %s, "host_us_per_step": 200,
             "peak_rss_mb": %d, "ttfs_process_s": 1.5, "other_cores": 0.01}""";

    private static JsonNode document() throws IOException {
        String runs = String.join(",", RUN.formatted("levin", 1, 100, 300), RUN.formatted("slow", 1, 20, 400), RUN.formatted("fast", 1, 80, 500),
                RUN.formatted("levin", 2, 120, 310), RUN.formatted("fast", 2, 100, 510), RUN.formatted("levin", 3, 90, 305), RUN.formatted("fast", 3, 60, 505),
                """
                {"kind": "TRAIN", "workload": "mlp_wide", "threads": 1, "batch": 256, "peer": "gone", "round": 1, "error": "no such command"}""");
        return new ObjectMapper().readTree("""
                {"date": "2026-01-02", "machine": "a processor", "java": "25", "wall_s": 120, "peak_gflops": {"1": 490},
                 "absent": ["DL4J: not built"], "results": [%s]}"""
                .formatted(runs));
    }

    @Test
    void aRatioIsToTheFastestPeerAndItsSpreadIsOfSingleRounds() throws IOException {
        Row row = Row.of(document().get("results"), WIDE);
        assertEquals("fast", row.best());
        assertEquals(100, row.rate("levin"));
        assertEquals(80, row.rate("fast"));
        assertArrayEquals(new double[] {1.2, 1.25, 1.5}, row.ratios("fast"), 1e-12);
        assertEquals(400, row.least("peak_rss_mb").getAsDouble());
    }

    @Test
    void aRowHoldsRatesRatioShareHostTimeMemoryAndFirstStep() throws IOException {
        String text = MarkdownReport.of(document());
        // 100 steps of 2.45 GFLOP of 490: a half; 200 of 10,000 microseconds
        assertTrue(text.contains("| `mlp_wide` | 100 (90.0 - 120) | 1.25 (1.20 - 1.50) | 20.0 | 80.0 | 50 % | 200 (2.0 %) | 305 / 400 | 1.50 / 1.50 |"), text);
        assertTrue(text.contains("- DL4J: not built\n- gone, train mlp_wide t1 b256: no such command\n"), text);
    }
}
