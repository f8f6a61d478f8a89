package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.device.cpu.Runner;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.Variable;
import dev.levin.plan.Models;
import dev.levin.reference.ReferenceBackend;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** What every CUDA device must do, a real one and the processor that plays one. */
final class DeviceBehaviour {
    private static final SplittableRandom RANDOM = new SplittableRandom(3);

    private DeviceBehaviour() {
    }

    /** Losses of each step, then all parameters, of a small convolutional network with dropout. */
    static List<HostArray> train(Backend backend, int steps) {
        Generator.global().manualSeed(11);
        Models data = new Models();
        Models.Training t = Models.cnn(data.labels(10, 2));
        Tensor x = data.data(2, 1, 28, 28);
        var runner = new Runner(backend);
        List<HostArray> all = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            all.add(runner.step(() -> t.step(x)).toHost().copy());
        }
        t.models().parameters.forEach(p -> all.add(((Variable) p.node().payload()).buffer().toHost().copy()));
        return all;
    }

    /** The same bits whether launches are captured or not. */
    static void sameBits(List<HostArray> a, List<HostArray> b) {
        assertEquals(a.size(), b.size());
        for (int i = 0; i < a.size(); i++) {
            assertArrayEquals(a.get(i).segment().toArray(ValueLayout.JAVA_BYTE), b.get(i).segment().toArray(ValueLayout.JAVA_BYTE), "value " + i);
        }
    }

    /** The same numbers up to rounding. */
    static void close(List<HostArray> want, List<HostArray> have, double eps) {
        assertEquals(want.size(), have.size());
        for (int v = 0; v < want.size(); v++) {
            double scale = 1e-3;
            for (int i = 0; i < want.get(v).length(); i++) {
                scale = Math.max(scale, Math.abs(want.get(v).getDouble(i)));
            }
            for (int i = 0; i < want.get(v).length(); i++) {
                assertEquals(want.get(v).getDouble(i), have.get(v).getDouble(i), eps * scale, "value " + v + ", element " + i);
            }
        }
    }

    /** Steps of a small network, each forward, backward and update in one plan. */
    static Runnable steps(Backend backend) {
        Generator.global().manualSeed(5);
        Models data = new Models();
        Models.Training t = Models.mlp(16, data.labels(10, 16));
        Tensor x = data.data(16, 784);
        var runner = new Runner(backend);
        return () -> runner.step(() -> t.step(x));
    }

    /** Memory taken after many steps is what it was after a few. */
    static void memoryStaysFlat(CudaBackend backend, int steps) {
        Runnable step = steps(backend);
        for (int i = 0; i < 10; i++) {
            step.run();
        }
        backend.await();
        Map<String, Long> early = backend.runtime().bytesByOwner();
        for (int i = 0; i < steps; i++) {
            step.run();
        }
        backend.await();
        Map<String, Long> late = backend.runtime().bytesByOwner();
        early.forEach((owner, bytes) -> {
            // results come back when their handles are collected; one slab of slack
            long slack = owner.equals("results") ? 16L << 20 : 0;
            assertTrue(late.get(owner) <= bytes + slack, owner + " grew from " + bytes + " to " + late.get(owner));
        });
    }

    // ---- single operations -----------------------------------------------------------------------------------------------------

    static Node leaf(DType type, int... dims) {
        Shape s = Shape.of(dims);
        HostArray h = HostArray.allocate(type, s.numel());
        for (int i = 0; i < h.length(); i++) {
            h.setDouble(i, RANDOM.nextInt(-8, 9) / 4.0);
        }
        return Nodes.input(new Buffer.Host(h), s);
    }

    /** Operands are small multiples of a quarter: exact in every type, so that a wrong element shows. */
    static void same(Backend device, String what, double tolerance, Node... nodes) {
        var r = Canonicalizer.canonicalize(List.of(nodes), Map.of());
        Object[] leaves = r.leaves().clone();
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = leaves[i] instanceof Node n ? n.value() : leaves[i];
        }
        List<HostArray> want = values(new ReferenceBackend(), r, leaves);
        List<HostArray> have = values(device, r, leaves);
        for (int k = 0; k < want.size(); k++) {
            for (int i = 0; i < want.get(k).length(); i++) {
                double a = want.get(k).getDouble(i);
                double b = have.get(k).getDouble(i);
                if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a)))) {
                    throw new AssertionError(what + ": element " + i + " is " + b + " instead of " + a);
                }
            }
        }
    }

    private static List<HostArray> values(Backend b, Canonicalizer.Result r, Object[] leaves) {
        Executable e = b.compile(r.program());
        List<HostArray> all = new ArrayList<>();
        for (Buffer x : e.run(leaves)) {
            all.add(x.toHost());
        }
        return all;
    }

    /** Convolutions and poolings of images whose channels lie last, and results that are wanted so. */
    static void images(Backend device) {
        for (DType t : List.of(DType.F32, DType.BF16)) {
            double eps = t.isHalf() ? 1e-2 : 1e-6;
            ConvAttr attr = new ConvAttr(new int[] {2, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, 2);
            PoolAttr pool = new PoolAttr(new int[] {3, 2}, new int[] {2, 2}, new int[] {1, 0}, new int[] {1, 0}, new int[] {1, 1});
            Shape w = Shape.of(6, 2, 3, 3);
            for (boolean last : new boolean[] {false, true}) {
                Node x = last ? Nodes.permute(leaf(t, 2, 7, 5, 4), 0, 3, 1, 2) : leaf(t, 2, 4, 7, 5);
                Node weights = leaf(t, 6, 2, 3, 3);
                Node y = Nodes.conv(x, weights, attr);
                int[] d = {y.shape().dim(0), y.shape().dim(2), y.shape().dim(3), y.shape().dim(1)};
                Node gy = last ? Nodes.permute(leaf(t, d), 0, 3, 1, 2) : leaf(t, y.shape().dims());
                Node bias = Nodes.expand(leaf(t, 1, 6, 1, 1), y.shape());
                Node zero = Nodes.constant(t, 0.0);
                for (boolean turned : new boolean[] {false, true}) {
                    String what = t + (last ? " from" : "") + (turned ? " to" : "") + " channels last";
                    same(device, what, eps, turn(y, turned));
                    same(device, what + " with bias and RELU", eps, turn(Nodes.binary(Op.MAX, Nodes.add(y, bias), Nodes.broadcast(zero, y.shape())), turned));
                    same(device, what + " bias after", eps, Nodes.add(turn(y, turned), turn(bias, turned)));
                    same(device, what + " gradient by the input", eps, turn(Nodes.convInputGrad(gy, weights, x.shape(), attr), turned));
                    same(device, what + " gradient by the weights", eps, turn(Nodes.convWeightGrad(x, gy, w, attr), turned));
                    Node best = Nodes.pool(Op.POOL_MAX, x, pool);
                    same(device, what + " largest", eps, turn(best, turned), turn(Nodes.pool(Op.POOL_SUM, x, pool), turned));
                    Node gp = last ? Nodes.permute(leaf(t, best.shape().dim(0), best.shape().dim(2), best.shape().dim(3), best.shape().dim(1)), 0, 3, 1, 2)
                            : leaf(t, best.shape().dims());
                    same(device, what + " gradients of poolings", eps, turn(Nodes.poolMaxGrad(x, gp, pool), turned),
                            turn(Nodes.poolSumGrad(gp, x.shape(), pool), turned));
                }
            }
        }
    }

    /** A chain of 16-bit convolutions and what lies between: the layout pass keeps it with the channels last. */
    static void chain(Backend device) {
        ConvAttr attr = new ConvAttr(new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, 1);
        PoolAttr pool = new PoolAttr(new int[] {2, 2}, new int[] {2, 2}, new int[] {0, 0}, new int[] {0, 0}, new int[] {1, 1});
        for (DType t : List.of(DType.F16, DType.BF16)) {
            Node x = leaf(t, 2, 3, 8, 6);
            Node w1 = leaf(t, 5, 3, 3, 3);
            Node w2 = leaf(t, 4, 5, 3, 3);
            Node zero = Nodes.constant(t, 0.0);
            Node h = Nodes.conv(x, w1, attr);
            Node r = Nodes.mul(Nodes.binary(Op.MAX, h, Nodes.broadcast(zero, h.shape())), 0.125);
            Node y = Nodes.pool(Op.POOL_MAX, Nodes.conv(r, w2, attr), pool);
            Node gh = Nodes.convInputGrad(Nodes.poolMaxGrad(Nodes.conv(r, w2, attr), leaf(t, y.shape().dims()), pool), w2, r.shape(), attr);
            same(device, t + " chain", 5e-2, y, Nodes.convWeightGrad(x, Nodes.mul(gh, 0.125), w1.shape(), attr), Nodes.sum(Nodes.cast(gh, DType.F32), 0, 2, 3));
        }
    }

    private static Node turn(Node x, boolean turned) {
        return turned ? Nodes.permute(x, 0, 2, 3, 1) : x;
    }
}
