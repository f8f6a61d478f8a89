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

    /** Uniform on [low, high). */
    public static Tensor uniform(Generator g, double low, double high, Shape shape, DType dtype) {
        return uniform(g, shape, dtype).mul(high - low).add(low);
    }

    /** Uniform on (0, 1]: never 0, so that it has a logarithm. */
    private static Tensor positive(Generator g, Shape shape, DType dtype) {
        return uniform(g, shape, dtype == DType.F64 ? DType.F64 : DType.F32).rsub(1.0);
    }

    /** Waiting times: density rate * exp(-rate x). */
    public static Tensor exponential(Generator g, double rate, Shape shape, DType dtype) {
        return positive(g, shape, dtype).log().div(-rate).to(dtype);
    }

    /** Cauchy's distribution. */
    public static Tensor cauchy(Generator g, double median, double sigma, Shape shape, DType dtype) {
        return positive(g, shape, dtype).sub(0.5).mul(Math.PI).tan().mul(sigma).add(median).to(dtype);
    }

    /** exp of a normal with the given mean and standard deviation. */
    public static Tensor logNormal(Generator g, double mean, double std, Shape shape, DType dtype) {
        return normal(g, shape, dtype).mul(std).add(mean).exp();
    }

    /** Number of tries up to the first success: 1, 2, ... */
    public static Tensor geometric(Generator g, double probability, Shape shape, DType dtype) {
        if (!(probability > 0 && probability < 1)) {
            throw new IllegalArgumentException("geometric needs a probability between 0 and 1, not " + probability);
        }
        return positive(g, shape, dtype).log().div(Math.log1p(-probability)).ceil().clampMin(1.0).to(dtype);
    }

    /** Gumbel's distribution: what makes the largest of logits a draw from their softmax. */
    public static Tensor gumbel(Generator g, Shape shape, DType dtype) {
        return positive(g, shape, dtype).log().neg().log().neg().to(dtype);
    }

    /**
     * Indices drawn with the weights of each row (last axis): I64 [..., samples]. Weights need not add up to 1.
     *
     * @param replacement whether an index may be drawn again
     */
    public static Tensor multinomial(Generator g, Tensor weights, int samples, boolean replacement) {
        if (!weights.dtype().isFloat() || weights.dim() < 1 || weights.dim() > 2 || samples < 1
                || !replacement && samples > weights.size(-1)) {
            throw new IllegalArgumentException("multinomial needs a vector or matrix of float weights and 1 to "
                    + (weights.dim() == 0 ? 0 : weights.size(-1)) + " samples without replacement, not " + weights.dtype()
                    + weights.shape() + " and " + samples);
        }
        Tensor w = weights.detach().to(DType.F64);
        if (!replacement) {
            // Exponential waiting times of the given rates: the order of arrival is the order of the draws.
            Tensor arrival = positive(g, w.shape(), DType.F64).log().neg().div(w);
            return arrival.argsort(-1, false).narrow(-1, 0, samples);
        }
        Tensor sums = w.cumsum(-1);
        Shape shape = w.shape().with(w.dim() - 1, samples);
        Tensor u = uniform(g, shape, DType.F64).mul(sums.narrow(-1, w.size(-1) - 1, 1));
        return sums.searchsorted(u, true).clampMax(w.size(-1) - 1);
    }

    /** Counts with the mean each element gives, in its dtype; computes at once. */
    public static Tensor poisson(Generator g, Tensor rates) {
        return Counts.poisson(uniform(g, rates.shape(), DType.F64), rates);
    }

    /** Successes in {@code count} tries of the given probability, element by element; computes at once. */
    public static Tensor binomial(Generator g, Tensor count, Tensor probability) {
        Shape s = Shape.broadcast(count.shape(), probability.shape());
        return Counts.binomial(uniform(g, s, DType.F64), count.broadcastTo(s), probability.broadcastTo(s));
    }
}
