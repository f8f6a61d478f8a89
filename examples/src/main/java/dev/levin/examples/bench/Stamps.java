package dev.levin.examples.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** One stamp at the start of every step; seven windows after the warm-up. */
final class Stamps {
    private static final int WINDOWS = 7;

    private final long[] at;
    private final int warmup;
    private final int steps;
    private int n;
    private double firstStepSeconds;
    private double sinceStart;
    private final long begin = System.nanoTime();

    Stamps(int warmup, int steps) {
        this.warmup = warmup;
        this.steps = steps;
        at = new long[warmup + steps + 1];
    }

    int total() {
        return at.length;
    }

    void tick() {
        at[n++] = System.nanoTime();
    }

    /** The first step is finished. */
    void first() {
        firstStepSeconds = (System.nanoTime() - begin) * 1e-9;
        sinceStart = Duration.between(ProcessHandle.current().info().startInstant().orElse(Instant.now()), Instant.now()).toMillis() * 1e-3;
    }

    Map<String, Object> report() {
        double[] rates = new double[Math.min(WINDOWS, steps)];
        for (int k = 0; k < rates.length; k++) {
            int a = warmup + steps * k / rates.length;
            int b = warmup + steps * (k + 1) / rates.length;
            rates[k] = (b - a) * 1e9 / (at[b] - at[a]);
        }
        Arrays.sort(rates);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("steps_per_s", rates[rates.length / 2]);
        m.put("sps_min", rates[0]);
        m.put("sps_max", rates[rates.length - 1]);
        m.put("sps_mean", steps * 1e9 / (at[warmup + steps] - at[warmup]));
        m.put("ttfs_loop_s", firstStepSeconds);
        m.put("ttfs_process_s", sinceStart);
        return m;
    }
}
