package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.device.cuda.HostCuda;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Variable;
import dev.levin.plan.PlanOptions;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs one program by the reference interpreter and by CPU backends with different passes, and compares everything. */
public final class Agreement {
    static final Team TEAM = new Team(2);
    static final CpuBackend FUSED = new CpuBackend(PlanOptions.DEFAULT.withPoison(true), TEAM);
    static final CpuBackend UNFUSED = new CpuBackend(PlanOptions.UNFUSED, TEAM);
    static final CpuBackend POINTWISE = new CpuBackend(PlanOptions.DEFAULT.withFuse(PlanOptions.Fuse.POINTWISE).withPoison(true), TEAM);

    final SplittableRandom random;
    final List<Node> outputs = new ArrayList<>();
    final Map<Variable, Node> assigns = new LinkedHashMap<>();
    double tolerance = 2e-5;

    Agreement(long seed) {
        random = new SplittableRandom(seed);
    }

    Node input(DType dtype, int... dims) {
        return Nodes.input(new Buffer.Host(values(dtype, Shape.of(dims))), Shape.of(dims));
    }

    Node input(Shape shape, float... values) {
        return Nodes.input(new Buffer.Host(HostArray.wrap(DType.F32, values)), shape);
    }

    Node indices(int limit, int... dims) {
        Shape s = Shape.of(dims);
        HostArray h = HostArray.allocate(DType.I64, s.numel());
        for (int i = 0; i < h.length(); i++) {
            h.setLong(i, random.nextInt(limit));
        }
        return Nodes.input(new Buffer.Host(h), s);
    }

    Variable variable(String name, int... dims) {
        return variable(name, DType.F32, dims);
    }

    Variable variable(String name, DType dtype, int... dims) {
        Variable v = new Variable(name, Variable.Kind.PARAMETER, dtype, Shape.of(dims), Device.CPU);
        v.store(new Buffer.Host(values(dtype, v.shape())));
        return v;
    }

    private HostArray values(DType dtype, Shape shape) {
        HostArray h = HostArray.allocate(dtype, shape.numel());
        for (int i = 0; i < h.length(); i++) {
            switch (dtype.kind()) {
                case FLOAT -> h.setDouble(i, random.nextDouble() * 4 - 2);
                case INT -> h.setLong(i, random.nextInt(dtype == DType.U8 ? 0 : -20, 20));
                default -> h.setLong(i, random.nextInt(2));
            }
        }
        return h;
    }

    Agreement keep(Node... nodes) {
        outputs.addAll(List.of(nodes));
        return this;
    }

    Agreement assign(Variable v, Node value) {
        assigns.put(v, value);
        return this;
    }

    /** Compares all backends with the reference, two runs one after the other. */
    void check() {
        if (HostCuda.unavailable() == null) {
            check(FUSED, UNFUSED, POINTWISE, HostCuda.withLibraries(), HostCuda.withoutLibraries());
        } else {
            check(FUSED, UNFUSED, POINTWISE);
        }
    }

    void check(Backend... backends) {
        Canonicalizer.Result r = Canonicalizer.canonicalize(outputs, assigns);
        Object[] leaves = leaves(r);
        Map<Variable, HostArray> before = new LinkedHashMap<>();
        for (Object l : leaves) {
            if (l instanceof Variable v && v.buffer() != null) {
                before.put(v, v.buffer().toHost());
            }
        }
        List<HostArray> want = twice(new ReferenceBackend().compile(r.program()), leaves, r);
        for (Backend b : backends) {
            before.forEach((v, h) -> v.store(new Buffer.Host(h.copy())));
            Executable e = b.compile(r.program());
            String report = b + "\n" + e.report();
            List<HostArray> have = twice(e, leaves, r);
            for (int i = 0; i < want.size(); i++) {
                compare(want.get(i), have.get(i), "value " + i + "\n" + r.program() + report);
            }
        }
    }

    static Object[] leaves(Canonicalizer.Result r) {
        Object[] leaves = r.leaves().clone();
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = leaves[i] instanceof Node n ? n.value() : leaves[i];
        }
        return leaves;
    }

    private static List<HostArray> twice(Executable e, Object[] leaves, Canonicalizer.Result r) {
        List<HostArray> all = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            for (Buffer b : e.run(leaves)) {
                all.add(b.toHost());
            }
            for (var a : r.program().assigns()) {
                all.add(((Variable) leaves[a.slot()]).buffer().toHost().copy());
            }
        }
        return all;
    }

    private void compare(HostArray want, HostArray have, String what) {
        assertEquals(want.dtype(), have.dtype(), what);
        assertEquals(want.length(), have.length(), what);
        double eps = switch (want.dtype()) {
            case BF16 -> 2e-2;
            case F16 -> 3e-3;
            case F64 -> 1e-12;
            default -> tolerance;
        };
        double scale = 0;
        for (int i = 0; i < want.length(); i++) {
            double a = Math.abs(want.getDouble(i));
            scale = Double.isFinite(a) ? Math.max(scale, Math.min(a, 1e30)) : scale;
        }
        for (int i = 0; i < want.length(); i++) {
            double a = want.getDouble(i);
            double b = have.getDouble(i);
            boolean close = want.dtype().isFloat() ? a == b || Double.isNaN(a) && Double.isNaN(b)
                    || Math.abs(a - b) <= eps * (Math.abs(a) + 0.1 * scale + 1e-6) : want.getLong(i) == have.getLong(i);
            assertTrue(close, "element " + i + ": " + b + " instead of " + a + " in " + what);
        }
    }
}
