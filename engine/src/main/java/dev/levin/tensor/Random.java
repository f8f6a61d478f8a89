package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Distributions made from the words of a {@link Generator}. */
public final class Random {
    private Random() {
    }

    /** Uniform on [0, 1): 24 random bits for F32 and below, 53 for F64. */
    public static Tensor uniform(Generator g, Shape shape, DType dtype) {
        if (dtype == DType.F64) {
            Node high = Nodes.cast(bits(g, shape, 5), DType.F64);
            Node low = Nodes.cast(bits(g, shape, 6), DType.F64);
            return Tensor.wrap(Nodes.mul(Nodes.add(Nodes.mul(high, 0x1p26), low), 0x1p-53));
        }
        Node u = Nodes.mul(Nodes.cast(bits(g, shape, 8), DType.F32), 0x1p-24);
        return Tensor.wrap(Nodes.cast(u, dtype));
    }

    /** The top {@code 32 - drop} bits as a non-negative I32. */
    private static Node bits(Generator g, Shape shape, int drop) {
        Node word = Nodes.binary(Op.SHR, g.bits(shape), Nodes.constant(DType.I32, (long) drop));
        return Nodes.binary(Op.AND, word, Nodes.constant(DType.I32, (1L << 32 - drop) - 1));
    }

    /** Standard normal, by Box and Muller. */
    public static Tensor normal(Generator g, Shape shape, DType dtype) {
        DType t = dtype == DType.F64 ? DType.F64 : DType.F32;
        Node u = uniform(g, shape, t).node();
        Node v = uniform(g, shape, t).node();
        Node radius = Nodes.unary(Op.SQRT, Nodes.mul(Nodes.unary(Op.LOG, Nodes.sub(Nodes.constant(t, 1.0), u)), -2));
        return Tensor.wrap(Nodes.cast(Nodes.mul(radius, Nodes.unary(Op.COS, Nodes.mul(v, 2 * Math.PI))), dtype));
    }

    /** Uniform integers of [low, high) as I64; ranges up to 2^53. */
    public static Tensor integers(Generator g, long low, long high, Shape shape) {
        if (high <= low) {
            throw new IllegalArgumentException("randint needs low < high, not " + low + " and " + high);
        }
        Node u = uniform(g, shape, DType.F64).node();
        Node i = Nodes.cast(Nodes.unary(Op.FLOOR, Nodes.mul(u, (double) (high - low))), DType.I64);
        return Tensor.wrap(Nodes.add(i, Nodes.constant(DType.I64, low)));
    }

    /** BOOL, true with the given probability. */
    public static Tensor bernoulli(Generator g, double probability, Shape shape) {
        return uniform(g, shape, DType.F32).lt(probability);
    }

    /** A random order of 0 .. n-1 as I64. */
    public static Tensor permutation(Generator g, int n) {
        return uniform(g, Shape.of(n), DType.F64).argsort(0, false);
    }
}
