package dev.levin.examples.bench;

import dev.levin.device.cuda.CudaBackend;
import dev.levin.graph.Variable;
import dev.levin.nn.Functional;
import dev.levin.tensor.State;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What plans reach of what the device can: bandwidth of fused kernels against a copy, attention. */
final class GpuFigures {
    private static final Device GPU = Device.cuda(0);

    private GpuFigures() {
    }

    /** @param tiny sizes that take no time, to see that it runs */
    static List<Map<String, Object>> measure(CudaBackend backend, boolean tiny) {
        List<Map<String, Object>> rows = new ArrayList<>();
        long[] sizes = tiny ? new long[] {1 << 20} : new long[] {64L << 20, 256L << 20, 1L << 30};
        Map<String, Double> device = backend.figures(sizes, tiny ? 64 : 8192);
        device.forEach((name, v) -> rows.add(figure(name, v, null)));
        for (long bytes : sizes) {
            double copy = device.get("copy_" + (bytes >> 20) + "MiB_GBps");
            String size = "_" + (bytes >> 20) + "MiB_GBps";
            rows.add(figure("elementwise" + size, elementwise(backend, bytes, tiny), copy));
            rows.add(figure("row_kernel" + size, softmax(backend, bytes, tiny), copy));
            rows.add(figure("sum" + size, sum(backend, bytes, tiny), copy));
        }
        attention(backend, tiny, rows);
        return rows;
    }

    private static Map<String, Object> figure(String name, double v, Double against) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("part", "figure");
        m.put("name", name);
        m.put("value", v);
        if (against != null) {
            m.put("of_copy", v / against);
        }
        return m;
    }

    /** Seconds of one of the pieces of work that a step holds. */
    private static double seconds(CudaBackend backend, int pieces, boolean tiny, Runnable step) {
        for (int i = 0; i < 6; i++) {
            step.run();
        }
        backend.await();
        double best = Double.MAX_VALUE;
        int steps = tiny ? 2 : 20;
        for (int round = 0; round < 3; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < steps; i++) {
                step.run();
            }
            backend.await();
            best = Math.min(best, (System.nanoTime() - start) * 1e-9 / steps / pieces);
        }
        return best;
    }

    /** Enough states that a step's launches hide what a step costs in Java. */
    private static List<State> states(int n, int... shape) {
        List<State> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            all.add(new State("figure", Variable.Kind.BUFFER, Tensor.full(Shape.of(shape), 0.5), GPU));
        }
        return all;
    }

    private static int pieces(long bytes, boolean tiny) {
        return tiny ? 2 : (int) Math.max(2, Math.min(16, (8L << 30) / bytes));
    }

    /** x = x * 0.999 + 0.001 in place: read once, written once. */
    private static double elementwise(CudaBackend backend, long bytes, boolean tiny) {
        List<State> x = states(pieces(bytes, tiny), (int) (bytes / 4));
        return 2 * bytes / 1e9 / seconds(backend, x.size(), tiny, () -> Step.run("elementwise", () -> x.forEach(s -> s.set(s.mul(0.999).add(0.001)))));
    }

    /** Softmax of rows of 1024 in place. */
    private static double softmax(CudaBackend backend, long bytes, boolean tiny) {
        List<State> x = states(pieces(bytes, tiny), (int) (bytes / 4096), 1024);
        return 2 * bytes / 1e9 / seconds(backend, x.size(), tiny, () -> Step.run("softmax", () -> x.forEach(s -> s.set(Functional.softmax(s, -1)))));
    }

    /** A sum of everything: read once. */
    private static double sum(CudaBackend backend, long bytes, boolean tiny) {
        List<State> x = states(pieces(bytes, tiny), (int) (bytes / 4));
        State out = new State("sum", Variable.Kind.BUFFER, Tensor.zeros(1), GPU);
        return bytes / 1e9 / seconds(backend, x.size(), tiny, () -> Step.run("sum", () -> {
            Tensor all = null;
            for (State s : x) {
                all = all == null ? s.sum() : all.add(s.sum());
            }
            out.set(all.reshape(1));
        }));
    }

    /** Causal attention of 8 x 12 heads of 64 over 1024 positions in BF16, forward and backward. */
    private static void attention(CudaBackend backend, boolean tiny, List<Map<String, Object>> rows) {
        int n = tiny ? 1 : 8;
        int h = tiny ? 2 : 12;
        int t = tiny ? 16 : 1024;
        State q = new State("q", Variable.Kind.BUFFER, Tensor.randn(n, h, t, 64).to(DType.BF16), GPU);
        State sum = new State("sum", Variable.Kind.BUFFER, Tensor.zeros(1), GPU);
        double flop = 4.0 * n * h * t * t * 64;
        double forward = seconds(backend, 4, tiny, () -> Step.run("attention", () -> {
            Tensor y = q;
            for (int i = 0; i < 4; i++) {
                y = Functional.scaledDotProductAttention(y, q, q, null, 0, true);
            }
            sum.set(y.to(DType.F32).mean().reshape(1));
        }));
        rows.add(figure("attention_forward_TFLOPs", flop / 1e12 / forward, null));
        double both = seconds(backend, 4, tiny, () -> Step.run("attention_backward", () -> {
            Tensor x = q.mul(1).detach().requiresGrad();
            Tensor y = x;
            for (int i = 0; i < 4; i++) {
                y = Functional.scaledDotProductAttention(y, x, x, null, 0, true);
            }
            y.to(DType.F32).sum().backward();
            sum.set(x.grad().to(DType.F32).mean().reshape(1));
        }));
        rows.add(figure("attention_both_TFLOPs", 3.5 * flop / 1e12 / both, null));
    }
}
