package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.function.ToDoubleFunction;

/** What a GPU does at best, measured between events: the yardstick for what plans reach. */
public final class Figures {
    private static final String NOTHING = "struct levin_nothing_args { i64 n; };\nextern \"C\" __global__ void __launch_bounds__(32) levin_nothing"
            + "(const __grid_constant__ levin_nothing_args a) { }\n";
    private static final int LAUNCHES = 1000;

    private final CudaRuntime runtime;
    private final CudaDriver driver;
    private final long stream;

    private Figures(CudaRuntime runtime, long stream) {
        this.runtime = runtime;
        this.stream = stream;
        driver = runtime.driver();
    }

    /**
     * Copy bandwidth in GB/s (read and written), launch cost in microseconds, products in TFLOP/s; by name.
     *
     * @param copyBytes sizes of the copies
     * @param matrix extent of the square products
     */
    public static Map<String, Double> measure(CudaRuntime runtime, long[] copyBytes, int matrix) {
        runtime.enter();
        try {
            long stream = runtime.driver().createStream();
            try {
                Map<String, Double> all = new LinkedHashMap<>();
                var f = new Figures(runtime, stream);
                for (long bytes : copyBytes) {
                    all.put("copy_" + (bytes >> 20) + "MiB_GBps", f.copy(bytes));
                }
                f.launches(all);
                for (Entry<String, DType> t : List.of(Map.entry("bf16", DType.BF16), Map.entry("f16", DType.F16), Map.entry("f32", DType.F32))) {
                    f.product(all, t.getKey() + "_" + matrix + "_TFLOPs", t.getValue(), matrix, false);
                }
                f.product(all, "tf32_" + matrix + "_TFLOPs", DType.F32, matrix, true);
                return all;
            } finally {
                runtime.driver().synchronize(stream);
                runtime.driver().destroyStream(stream);
            }
        } finally {
            runtime.leave();
        }
    }

    /** Milliseconds of one of {@code n} repetitions, the best of three rounds. */
    private double milliseconds(int n, Runnable work) {
        long from = driver.createEvent(true);
        long to = driver.createEvent(true);
        try {
            double best = Double.MAX_VALUE;
            for (int round = 0; round < 4; round++) {
                driver.record(from, stream);
                for (int i = 0; i < n; i++) {
                    work.run();
                }
                driver.record(to, stream);
                driver.await(to);
                // the first round warms up
                best = round == 0 ? best : Math.min(best, driver.milliseconds(from, to) / n);
            }
            return best;
        } finally {
            driver.destroyEvent(from);
            driver.destroyEvent(to);
        }
    }

    private double onMemory(List<Long> sizes, ToDoubleFunction<long[]> body) {
        List<Long> taken = new ArrayList<>();
        try {
            for (long s : sizes) {
                taken.add(driver.allocate(s, stream));
            }
            return body.applyAsDouble(taken.stream().mapToLong(Long::longValue).toArray());
        } finally {
            taken.forEach(a -> driver.free(a, stream));
        }
    }

    private double copy(long bytes) {
        return onMemory(List.of(bytes, bytes), p -> 2 * bytes / 1e6 / milliseconds(20, () -> driver.copy(p[1], p[0], bytes, stream)));
    }

    private void launches(Map<String, Double> all) {
        runtime.kernels().require(Map.of("levin_nothing", NOTHING));
        long function = runtime.kernels().function("levin_nothing", "levin_nothing");
        Block block = new Block(1);
        Runnable launch = () -> driver.launch(function, 1, 32, block.parameters(), stream);
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < LAUNCHES; i++) {
                launch.run();
            }
            best = Math.min(best, (System.nanoTime() - start) / 1e3 / LAUNCHES);
            driver.synchronize(stream);
        }
        all.put("launch_java_us", best);
        all.put("launch_gpu_us", 1e3 * milliseconds(LAUNCHES, launch));
        driver.beginCapture(stream);
        for (int i = 0; i < 100; i++) {
            launch.run();
        }
        long graph = driver.endCapture(stream);
        all.put("graph_kernel_us", 1e3 * milliseconds(50, () -> driver.launchGraph(graph, stream)) / 100);
        driver.synchronize(stream);
        driver.destroyGraph(graph);
    }

    private void product(Map<String, Double> all, String name, DType t, int n, boolean tf32) {
        try (LibraryCall call = runtime.libraries().matmul(new MatmulSpec(t, 1, n, n, n, n, 1, 0, n, 1, 0, 64, 64, false, tf32))) {
            if (call == null) {
                return;
            }
            long bytes = (long) n * n * t.bytes();
            all.put(name, onMemory(List.of(bytes, bytes, bytes, Math.max(256, call.workspaceBytes())), p -> {
                // not zeros, whose products take less power than others
                driver.fill(p[0], 0x3c, bytes, stream);
                driver.fill(p[1], 0x3c, bytes, stream);
                return 2.0 * n * n * n / 1e9 / milliseconds(10, () -> call.run(new long[] {p[0], p[1]}, p[2], p[3], stream));
            }));
        }
    }
}
