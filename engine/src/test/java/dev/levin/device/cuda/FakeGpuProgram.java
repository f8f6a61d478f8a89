package dev.levin.device.cuda;

import dev.levin.device.Backends;
import dev.levin.device.Communicator;
import dev.levin.device.cuda.bind.CudaDevices;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Variable;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;

/**
 * The checks that {@link FakeGpuTest} runs in a process of their own, where the libraries of {@code fake-gpu} stand for
 * NVIDIA's: probing, loading, the presets and every binding are the real ones.
 */
public final class FakeGpuProgram {
    private FakeGpuProgram() {
    }

    public static void main(String[] names) {
        for (String name : names) {
            switch (name) {
                case "doctor" -> CudaReport.lines().forEach(System.out::println);
                case "training" -> DeviceBehaviour.close(DeviceBehaviour.train(new ReferenceBackend(), 6), DeviceBehaviour.train(gpu(), 6), 5e-3);
                case "capture" -> capture();
                case "memory" -> DeviceBehaviour.memoryStaysFlat(gpu(), 40);
                case "products" -> products();
                case "convolutions" -> convolutions();
                case "images" -> {
                    DeviceBehaviour.images(gpu());
                    DeviceBehaviour.chain(gpu());
                }
                case "statistics" -> System.out.println(CudaStatistics.of(Device.cuda(0)).get());
                case "group" -> group();
                case "failure" -> failure();
                case "end" -> gpu().close();
                default -> throw new IllegalArgumentException(name);
            }
            System.out.println("ok " + name);
        }
    }

    private static CudaBackend gpu() {
        if (CudaInstallation.get().problem() != null) {
            throw new AssertionError(CudaInstallation.get().problem());
        }
        return (CudaBackend) Backends.get(Device.cuda(0));
    }

    private static void group() {
        Variable v = new Variable("v", Variable.Kind.PARAMETER, DType.F32, Shape.of(5), Device.cuda(0));
        Variable w = new Variable("w", Variable.Kind.PARAMETER, DType.F32, Shape.of(5), Device.cuda(0));
        float[] values = {1, 2, 3, 4, 5};
        v.store(new Buffer.Host(HostArray.wrap(DType.F32, values)));
        try (Communicator c = gpu().join(gpu().newGroup(), 0, 1)) {
            for (Communicator.Reduction how : Communicator.Reduction.values()) {
                c.allReduce(v, how);
            }
            c.broadcast(v, 0);
            c.allGather(v, w);
            c.reduceScatter(w, v, Communicator.Reduction.MEAN);
            if (c.size() != 1 || c.rank() != 0 || v.version() == 0) {
                throw new AssertionError("a group of one: " + v.version());
            }
        }
        for (int i = 0; i < 5; i++) {
            if (v.buffer().toHost().getDouble(i) != values[i] || w.buffer().toHost().getDouble(i) != values[i]) {
                throw new AssertionError("one rank alone must not change values");
            }
        }
    }

    private static void capture() {
        System.setProperty("levin.cuda.capture", "false");
        try (CudaBackend plain = new CudaBackend(CudaDevices.open(Device.cuda(0)))) {
            DeviceBehaviour.sameBits(DeviceBehaviour.train(plain, 8), DeviceBehaviour.train(gpu(), 8));
        } finally {
            System.clearProperty("levin.cuda.capture");
        }
    }

    // ---- libraries -----------------------------------------------------------------------------------------------------------

    private static void products() {
        for (DType t : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
            double eps = t.isHalf() ? 1e-2 : 1e-6;
            for (int[] s : new int[][] {{1, 1, 1, 1}, {1, 5, 7, 3}, {3, 8, 16, 8}, {2, 33, 17, 65}, {1, 64, 64, 1}}) {
                Node a = DeviceBehaviour.leaf(t, s[0], s[1], s[2]);
                Node b = DeviceBehaviour.leaf(t, s[0], s[2], s[3]);
                DeviceBehaviour.same(gpu(), t + " product", eps, Nodes.matmul(a, b));
                DeviceBehaviour.same(gpu(), t + " transposed a", eps, Nodes.matmul(Nodes.permute(DeviceBehaviour.leaf(t, s[0], s[2], s[1]), 0, 2, 1), b));
                DeviceBehaviour.same(gpu(), t + " transposed b", eps, Nodes.matmul(a, Nodes.permute(DeviceBehaviour.leaf(t, s[0], s[3], s[2]), 0, 2, 1)));
                Node bias = Nodes.expand(DeviceBehaviour.leaf(t, 1, 1, s[3]), Shape.of(s[0], s[1], s[3]));
                DeviceBehaviour.same(gpu(), t + " product with bias", 2 * eps, Nodes.add(Nodes.matmul(a, b), bias));
            }
            // a view that starts in the middle promises less alignment
            Node x = Nodes.slice(DeviceBehaviour.leaf(t, 1, 9, 13), 2, 1, 11, 1);
            DeviceBehaviour.same(gpu(), t + " product of a slice", eps, Nodes.matmul(x, DeviceBehaviour.leaf(t, 1, 11, 4)));
        }
    }

    private static void convolutions() {
        for (DType t : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
            double eps = t.isHalf() ? 1e-2 : 1e-6;
            for (int groups : new int[] {1, 2}) {
                for (int[] g : new int[][] {{1, 0, 1}, {2, 1, 1}, {1, 2, 2}}) {
                    for (int d = 1; d <= 3; d++) {
                        ConvAttr attr = new ConvAttr(many(g[0], d), many(g[1], d), many(g[1], d), many(g[2], d), groups);
                        int[] in = many(7, d);
                        Node x = DeviceBehaviour.leaf(t, join(2, 4, in));
                        Node w = DeviceBehaviour.leaf(t, join(6, 4 / groups, many(3, d)));
                        Node y = Nodes.conv(x, w, attr);
                        Node gy = DeviceBehaviour.leaf(t, y.shape().dims());
                        DeviceBehaviour.same(gpu(), t + " convolution over " + d + " axes, " + attr, eps, y);
                        DeviceBehaviour.same(gpu(), t + " gradient by the input, " + attr, eps, Nodes.convInputGrad(gy, w, x.shape(), attr));
                        DeviceBehaviour.same(gpu(), t + " gradient by the weights, " + attr, eps, Nodes.convWeightGrad(x, gy, w.shape(), attr));
                    }
                }
            }
        }
    }

    private static int[] many(int v, int n) {
        int[] a = new int[n];
        java.util.Arrays.fill(a, v);
        return a;
    }

    private static int[] join(int a, int b, int[] rest) {
        int[] all = new int[rest.length + 2];
        all[0] = a;
        all[1] = b;
        System.arraycopy(rest, 0, all, 2, rest.length);
        return all;
    }

    /** With {@code FAKE_GPU_FAIL=r_scan} every scan ends in a launch failure. */
    private static void failure() {
        var r = Canonicalizer.canonicalize(List.of(Nodes.scan(dev.levin.graph.Op.CUMSUM, DeviceBehaviour.leaf(DType.F32, 4, 9), 1, false)), Map.of());
        Object[] leaves = {((Node) r.leaves()[0]).value()};
        try {
            gpu().compile(r.program()).run(leaves)[0].toHost();
        } catch (RuntimeException e) {
            System.out.println("failed as it should: " + e.getMessage());
            return;
        }
        throw new AssertionError("a failed launch was not noticed");
    }
}
