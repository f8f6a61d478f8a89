package dev.levin.examples.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.check.Fuzzer;
import dev.levin.device.Backends;
import dev.levin.device.cuda.CudaBackend;
import dev.levin.tensor.Tensor;
import dev.levin.type.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of {@code examples/gpu-check.sh}, a process for each: {@code GpuCheck PART ARGUMENTS...} prints JSON lines that start
 * with <code>{"part":</code> and ends with 1 if something is wrong. {@code GpuCheck report FOLDER FILE} makes the table of all.
 */
final class GpuCheck {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Device GPU = Device.cuda(0);

    private GpuCheck() {
    }

    static void main(String[] args) throws IOException {
        List<String> wrong = new ArrayList<>();
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (args.length == 0 ? "" : args[0]) {
            case "fuzz" -> fuzz(Integer.parseInt(rest[0]), Long.parseLong(rest[1]), wrong);
            case "curves" -> curves(Integer.parseInt(rest[0]), rest, wrong);
            case "bits" -> bits(rest[0], Integer.parseInt(rest[1]));
            case "memory" -> memory(Integer.parseInt(rest[0]), wrong);
            case "figures" -> GpuFigures.measure((CudaBackend) Backends.get(GPU), rest.length > 0 && rest[0].equals("tiny")).forEach(GpuCheck::print);
            case "models" -> models(rest[0], Double.parseDouble(rest[1]), Arrays.copyOfRange(rest, 2, rest.length), wrong);
            case "report" -> GpuReport.write(Path.of(rest[0]), Path.of(rest[1]));
            default -> throw new IllegalArgumentException("GpuCheck fuzz SECONDS SEED | curves STEPS WORKLOAD... | bits WORKLOAD STEPS | memory STEPS"
                    + " | figures [tiny] | models PRECISION SECONDS WORKLOAD... | report FOLDER FILE");
        }
        wrong.forEach(System.err::println);
        if (!wrong.isEmpty()) {
            Runtime.getRuntime().exit(1);
        }
    }

    static void print(Map<String, Object> row) {
        try {
            System.out.println(JSON.writeValueAsString(row));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> row(String part) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("part", part);
        return m;
    }

    /** Random programs against the interpreter; the backend of CPU programs is the one that {@code -Dlevin.backend} names. */
    private static void fuzz(int seconds, long seed, List<String> wrong) {
        Fuzzer.Report r = new Fuzzer(() -> Backends.get(Device.CPU)).run(Duration.ofSeconds(seconds), seed, 3, f -> wrong.add(f.toString()));
        Map<String, Object> m = row("fuzz");
        m.put("programs", r.programs());
        m.put("elements", r.compared());
        m.put("failures", r.failures().size());
        print(m);
    }

    /** Losses on CPU and GPU, from equal weights, by equal batches and dropout. */
    private static void curves(int steps, String[] arguments, List<String> wrong) {
        for (String name : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            double[] cpu = new GpuModel(name, Device.CPU, "fp32").losses(steps);
            double[] gpu = new GpuModel(name, GPU, "fp32").losses(steps);
            double worst = 0;
            for (int i = 0; i < steps; i++) {
                worst = Math.max(worst, Math.abs(cpu[i] - gpu[i]) / Math.max(1e-3, Math.abs(cpu[i])));
            }
            Map<String, Object> m = row("curves");
            m.put("workload", name);
            m.put("steps", steps);
            m.put("worst_relative", worst);
            m.put("first", gpu[0]);
            m.put("last_cpu", cpu[steps - 1]);
            m.put("last_gpu", gpu[steps - 1]);
            print(m);
            if (!(worst < 0.02) || Math.abs(cpu[0] - gpu[0]) > 1e-4 * Math.abs(cpu[0])) {
                wrong.add(name + ": losses on the GPU differ from those on the CPU: " + Arrays.toString(gpu) + " instead of " + Arrays.toString(cpu));
            }
        }
    }

    /** Losses and weights as bits, for a comparison of two processes. */
    private static void bits(String name, int steps) {
        var model = new GpuModel(name, GPU, "fp32");
        double[] losses = model.losses(steps);
        long hash = Arrays.hashCode(losses);
        for (Tensor p : model.parameters()) {
            hash = 31 * hash + Arrays.hashCode(p.toDoubles());
        }
        System.out.println(Arrays.toString(losses) + " " + Long.toHexString(hash));
    }

    private static void memory(int steps, List<String> wrong) {
        CudaBackend backend = (CudaBackend) Backends.get(GPU);
        var model = new GpuModel("mlp_mnist", GPU, "fp32");
        model.losses(50);
        backend.await();
        Map<String, Long> early = backend.bytesByOwner();
        model.losses(steps);
        backend.await();
        Map<String, Long> late = backend.bytesByOwner();
        long grown = 0;
        for (Map.Entry<String, Long> e : late.entrySet()) {
            grown = Math.max(grown, e.getValue() - early.getOrDefault(e.getKey(), 0L));
        }
        Map<String, Object> m = row("memory");
        m.put("steps", steps);
        m.put("bytes", late.values().stream().mapToLong(Long::longValue).sum());
        m.put("grown", grown);
        print(m);
        // results come back when their handles are collected: two slabs of slack
        if (grown > 16 << 20) {
            wrong.add("memory grew over " + steps + " steps: " + early + " became " + late);
        }
    }

    private static void models(String precision, double seconds, String[] names, List<String> wrong) {
        for (String name : names) {
            Map<String, Object> m = row("model");
            m.put("workload", name);
            m.put("precision", precision);
            try {
                m.putAll(new GpuModel(name, GPU, precision).speed(seconds));
            } catch (RuntimeException e) {
                m.put("error", e.getMessage());
                wrong.add(name + " " + precision + ": " + e);
            }
            print(m);
        }
    }
}
