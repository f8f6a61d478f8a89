package dev.levin.check;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** Grows a random program from random leaves: every new node takes operands from those that are there, later ones first. */
final class GraphGenerator {
    private static final int[] EXTENTS = {1, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100};
    private static final DType[] TYPES = {DType.F32, DType.F32, DType.F32, DType.F32, DType.F32, DType.F32, DType.F64, DType.F16, DType.BF16,
        DType.I64, DType.I32, DType.I16, DType.I8, DType.U8, DType.BOOL};

    private final RandomGenerator random;
    private final List<Node> pool = new ArrayList<>();
    private final Map<Variable, Node> assigns = new LinkedHashMap<>();
    private final List<Variable> variables = new ArrayList<>();
    private final Trace trace = new Trace("fuzz", false);
    private final int maxNumel;
    private final boolean specials;
    private int draws;

    GraphGenerator(long seed) {
        random = new SplittableRandom(seed);
        maxNumel = chance(20) ? 40_000 : 3_000;
        specials = chance(8);
    }

    Sample generate() {
        Context c = Context.current();
        boolean grads = c.gradEnabled();
        c.setGradEnabled(false);
        try {
            int leaves = 1 + random.nextInt(4);
            for (int i = 0; i < leaves; i++) {
                pool.add(leaf(type(), shape()));
            }
            int size = 5 + random.nextInt(56);
            NodeMaker maker = new NodeMaker(this);
            while (pool.size() < size) {
                Node n = maker.next();
                if (n != null && n.shape().numel() <= maxNumel) {
                    pool.add(n);
                }
            }
            return Sample.of(Canonicalizer.canonicalize(outputs(), assignments()));
        } finally {
            c.setGradEnabled(grads);
        }
    }

    /** The last node, a few others, and sometimes a node twice. */
    private List<Node> outputs() {
        List<Node> out = new ArrayList<>();
        out.add(pool.getLast());
        int more = random.nextInt(4);
        for (int i = 0; i < more; i++) {
            out.add(pick(n -> true));
        }
        return out;
    }

    /** New values for most variables; two variables may take the same value, or each other's. */
    private Map<Variable, Node> assignments() {
        for (Variable v : variables) {
            Node value = chance(4) ? null : pick(n -> n.dtype() == v.dtype() && n.shape().equals(v.shape()));
            if (value == null && v.dtype().isFloat() && !chance(4)) {
                value = Nodes.add(Nodes.mul(trace.read(v), 0.75), 0.5);
            }
            if (value != null) {
                assigns.put(v, value);
            }
        }
        return assigns;
    }

    // ---- choices --------------------------------------------------------------------------------------------------------

    RandomGenerator random() {
        return random;
    }

    /** True once in {@code n}. */
    boolean chance(int n) {
        return random.nextInt(n) == 0;
    }

    DType type() {
        return TYPES[random.nextInt(TYPES.length)];
    }

    DType floatType() {
        DType d = type();
        return d.isFloat() ? d : DType.F32;
    }

    Shape shape() {
        int rank = new int[] {0, 1, 1, 2, 2, 2, 3, 3, 4}[random.nextInt(9)];
        int[] dims = new int[rank];
        long n = 1;
        for (int i = 0; i < rank; i++) {
            dims[i] = chance(60) ? 0 : EXTENTS[random.nextInt(EXTENTS.length)];
            if (n * dims[i] > maxNumel) {
                dims[i] = 1;
            }
            n *= dims[i];
        }
        return Shape.of(dims);
    }

    /** A node of the pool, the later the likelier; null if none fits. */
    Node pick(Predicate<Node> fits) {
        List<Node> found = pool.stream().filter(fits).toList();
        if (found.isEmpty()) {
            return null;
        }
        int n = found.size();
        return found.get(chance(2) ? Math.max(0, n - 1 - random.nextInt(Math.min(n, 6))) : random.nextInt(n));
    }

    /** A node of a float type; made from another if there is none. */
    Node pickFloat() {
        Node n = pick(x -> x.dtype().isFloat());
        return n != null ? n : Nodes.cast(pick(x -> true), DType.F32);
    }

    // ---- leaves ---------------------------------------------------------------------------------------------------------

    /** An input, a variable, a literal, a run-time scalar or a count, of exactly this type and shape. */
    Node leaf(DType dtype, Shape shape) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                var v = new Variable("v" + variables.size(), Variable.Kind.PARAMETER, dtype, shape, Device.CPU);
                if (!chance(6)) {
                    v.store(new Buffer.Host(values(dtype, shape)));
                }
                variables.add(v);
                yield trace.read(v);
            }
            case 3 -> Nodes.broadcast(literal(dtype), shape);
            case 4 -> dtype.isFloat() ? Nodes.broadcast(Nodes.scalar(new ScalarArg("s", value()), dtype), shape)
                    : Nodes.input(new Buffer.Host(values(dtype, shape)), shape);
            case 5 -> dtype.isBool() || dtype.isHalf() || shape.rank() == 0 || shape.dim(-1) > 100
                    ? Nodes.input(new Buffer.Host(values(dtype, shape)), shape)
                    : Nodes.broadcast(Nodes.iota(shape.dim(-1), dtype), shape);
            default -> Nodes.input(new Buffer.Host(values(dtype, shape)), shape);
        };
    }

    Node literal(DType dtype) {
        return dtype.isFloat() ? Nodes.constant(dtype, value()) : Nodes.constant(dtype, (long) random.nextInt(5));
    }

    /** Indices below {@code extent}. */
    Node index(Shape shape, int extent) {
        Node computed = chance(3) ? pick(n -> n.dtype() == DType.I64 && n.shape().equals(shape)) : null;
        if (computed != null) {
            return Nodes.unary(Op.ABS, Nodes.binary(Op.FMOD, computed, Nodes.constant(DType.I64, (long) extent)));
        }
        HostArray h = HostArray.allocate(DType.I64, shape.numel());
        for (int i = 0; i < h.length(); i++) {
            h.setLong(i, random.nextInt(extent));
        }
        return Nodes.input(new Buffer.Host(h), shape);
    }

    Node randomBits(Shape shape) {
        HostArray key = HostArray.wrap(DType.I64, new long[] {random.nextLong(), random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(9)});
        return Nodes.randomBits(Nodes.input(new Buffer.Host(key), Shape.of(2)), draws++, shape);
    }

    private double value() {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(5) - 2;
            case 1 -> random.nextInt(9) * 0.25;
            default -> random.nextGaussian();
        };
    }

    private HostArray values(DType dtype, Shape shape) {
        HostArray h = HostArray.allocate(dtype, shape.numel());
        boolean small = chance(3);
        boolean wide = chance(10);
        for (int i = 0; i < h.length(); i++) {
            if (!dtype.isFloat()) {
                h.setLong(i, wide ? random.nextLong() : dtype == DType.U8 || dtype.isBool() ? random.nextInt(9) % (dtype.isBool() ? 2 : 9)
                        : random.nextInt(19) - 9);
            } else if (specials && chance(12)) {
                h.setDouble(i, new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 1e-40}[random.nextInt(5)]);
            } else {
                h.setDouble(i, small ? random.nextInt(9) - 4 : wide ? random.nextGaussian() * 100 : random.nextGaussian());
            }
        }
        return h;
    }
}
