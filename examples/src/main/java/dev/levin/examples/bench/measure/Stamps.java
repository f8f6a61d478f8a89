package dev.levin.examples.bench.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One stamp at the start of every step; seven windows after the warm-up. The warm-up lasts a number of steps, enough that as many
 * steps are under way at the first stamp as at the last, and, so that the JVM has compiled the code that describes a step, some
 * seconds ({@code -Dlevin.bench.warmup=SECONDS}, 3 unless said).
 */
public final class Stamps {
    private static final int WINDOWS = 7;
    private static final int FEWEST_WARM = 4;
    /** What Linux counts the start of a process in. */
    private static final double TICKS_PER_SECOND = 100;
    private static final double WARM_SECONDS = Double.parseDouble(System.getProperty("levin.bench.warmup", "3"));

    private final long[] at;
    private final int warmup;
    private final int steps;
    private int n;
    private int warmSteps;
    private ThreadMXBean host;
    private long hostStart;
    private long hostEnd;
    private double firstStepSeconds;
    private final long begin = System.nanoTime();

    /** The clock runs from now on; see {@link #first}. */
    public Stamps(int warmup, int steps) {
        this.warmup = Math.max(FEWEST_WARM, warmup);
        this.steps = steps;
        at = new long[steps + 1];
    }

    /** Called before each step; false when enough steps are done. */
    public boolean another() {
        if (n == at.length) {
            return false;
        }
        long now = System.nanoTime();
        if (n == 0 && (warmSteps < warmup || now - begin < WARM_SECONDS * 1e9)) {
            warmSteps++;
            return true;
        }
        if (n == 0) {
            host = ManagementFactory.getThreadMXBean();
            hostStart = host.getCurrentThreadCpuTime();
            now = System.nanoTime();
        }
        at[n++] = now;
        if (n == at.length) {
            hostEnd = host.getCurrentThreadCpuTime();
            return false;
        }
        return true;
    }

    /** The first step is finished. */
    public void first() {
        firstStepSeconds = (System.nanoTime() - begin) * 1e-9;
    }

    /** What the peers in other languages print, too, under the same names. */
    public Map<String, Object> report() {
        double[] rates = new double[Math.min(WINDOWS, steps)];
        for (int k = 0; k < rates.length; k++) {
            int a = steps * k / rates.length;
            int b = steps * (k + 1) / rates.length;
            rates[k] = (b - a) * 1e9 / (at[b] - at[a]);
        }
        Arrays.sort(rates);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("steps_per_s", median(rates));
        m.put("sps_min", rates[0]);
        m.put("sps_max", rates[rates.length - 1]);
        m.put("sps_mean", steps * 1e9 / (at[steps] - at[0]));
        m.put("measured_s", (at[steps] - at[0]) * 1e-9);
        m.put("warmup_steps", warmSteps);
        // processor time of the thread that describes the steps: tracing and plan look-up, while other threads compute
        m.put("host_us_per_step", (hostEnd - hostStart) * 1e-3 / steps);
        m.put("ttfs_loop_s", firstStepSeconds);
        m.put("ttfs_process_s", firstStepSeconds + secondsBefore(begin));
        return m;
    }

    /**
     * From the start of this process to {@code begin}. Not by {@link ProcessHandle}, whose start of a process is up to a second too early: it adds to the
     * second in which the machine was started.
     */
    private static double secondsBefore(long begin) {
        double age;
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            double started = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]) / TICKS_PER_SECOND;
            age = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]) - started;
        } catch (IOException e) {
            age = ManagementFactory.getRuntimeMXBean().getUptime() * 1e-3;
        }
        return age - (System.nanoTime() - begin) * 1e-9;
    }

    private static double median(double[] sorted) {
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
}
