package dev.levin.nn;

import dev.levin.graph.CustomGradient;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Random;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.Map;

/** Activations. Where a function has a kink, the gradient there is PyTorch's. */
abstract class ActivationFunctions {
    private static final Object[] GELU = {"gelu"};
    /**
     * The derivative as one factor of the gradient: it depends on x alone, so that it can be computed with the value, whose
     * error function it shares, and stored in place of x.
     */
    private static final CustomGradient.Pure GELU_GRADIENT = (_, in, g) -> {
        Tensor x = Tensor.wrap(in[0]);
        Tensor below = x.mul(Math.sqrt(0.5)).erf().add(1.0).mul(0.5);
        Tensor density = x.mul(x).mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
        return new Node[] {Tensor.wrap(g).mul(x.mul(density).add(below)).node()};
    };
    private static final double SELU_ALPHA = 1.6732632423543772848170429916717;
    private static final double SELU_SCALE = 1.0507009873554804934193349852946;

    private static Tensor constant(Tensor like, double value) {
        return Tensor.scalar(value, like.dtype());
    }

    /** {@code condition ? a : x}. */
    private static Tensor where(Tensor condition, double a, Tensor x) {
        return condition.where(constant(x, a), x);
    }

    /** max(x, 0); the gradient at 0 is 0. */
    public static Tensor relu(Tensor x) {
        return x.relu();
    }

    /** min(max(x, 0), 6). */
    public static Tensor relu6(Tensor x) {
        return hardtanh(x, 0, 6);
    }

    public static Tensor leakyRelu(Tensor x) {
        return leakyRelu(x, 0.01);
    }

    public static Tensor leakyRelu(Tensor x, double negativeSlope) {
        return Args.named("LeakyRelu", x.gt(0.0).where(x, x.mul(negativeSlope)), Map.of("alpha", negativeSlope), x);
    }

    /** Leaky ReLU with a trained slope: one, or one per channel (axis 1). */
    public static Tensor prelu(Tensor x, Tensor weight) {
        if (weight.numel() != 1 && (x.dim() < 2 || weight.numel() != x.size(1))) {
            throw new IllegalArgumentException("prelu needs one slope, or one per channel of " + x.shape() + ", not "
                    + weight.shape() + Args.at());
        }
        Tensor slope = weight.numel() == 1 ? weight.reshape() : Args.channels(weight, x.dim());
        Tensor applied = slope.to(x.dtype());
        return Args.named("PRelu", x.gt(0.0).where(x, x.mul(applied)), Map.of(), x, applied);
    }

    /** Leaky ReLU with a random slope in training, the mean one otherwise. */
    public static Tensor rrelu(Tensor x, double lower, double upper, boolean training) {
        if (!training) {
            return leakyRelu(x, (lower + upper) / 2);
        }
        Tensor slope = Random.uniform(Generator.global(), x.shape(), x.dtype()).mul(upper - lower).add(lower);
        return x.gt(0.0).where(x, x.mul(slope));
    }

    public static Tensor elu(Tensor x) {
        return elu(x, 1);
    }

    /** x above 0, alpha * (e^x - 1) below. */
    public static Tensor elu(Tensor x, double alpha) {
        Tensor other = x.le(0.0).logicalNot();
        return Args.named("Elu", other.where(x, where(other, 0, x).expm1().mul(alpha)), Map.of("alpha", alpha), x);
    }

    /** Scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017). */
    public static Tensor selu(Tensor x) {
        return Args.named("Selu", elu(x, SELU_ALPHA).mul(SELU_SCALE), Map.of("alpha", SELU_ALPHA, "gamma", SELU_SCALE), x);
    }

    public static Tensor celu(Tensor x) {
        return celu(x, 1);
    }

    /** x above 0, alpha * (e^(x / alpha) - 1) below. */
    public static Tensor celu(Tensor x, double alpha) {
        Tensor other = x.le(0.0).logicalNot();
        return Args.named("Celu", other.where(x, where(other, 0, x).div(alpha).expm1().mul(alpha)), Map.of("alpha", alpha), x);
    }

    /** x times the normal distribution function of x. */
    public static Tensor gelu(Tensor x) {
        return Args.repeated(GELU, Args.NO_WORDS, () -> {
            Tensor v = Args.precise(x);
            Tensor y = v.mul(0.5).mul(v.mul(Math.sqrt(0.5)).erf().add(1.0));
            return Args.named("Gelu", Tensor.wrap(Nodes.custom(y.detach().node(), GELU_GRADIENT, v.node())).to(x.dtype()),
                    Map.of("approximate", "none"), x);
        }, x);
    }

    /** The approximation of {@link #gelu} by tanh. */
    public static Tensor geluTanh(Tensor x) {
        Tensor v = Args.precise(x);
        Tensor inner = v.add(v.mul(v).mul(v).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
        return Args.named("Gelu", v.mul(0.5).mul(inner.tanh().add(1.0)).to(x.dtype()), Map.of("approximate", "tanh"), x);
    }

    /** x * sigmoid(x). */
    public static Tensor silu(Tensor x) {
        Tensor v = Args.precise(x);
        return v.mul(v.sigmoid()).to(x.dtype());
    }

    /** x * tanh(softplus(x)). */
    public static Tensor mish(Tensor x) {
        Tensor v = Args.precise(x);
        return Args.named("Mish", v.mul(softplus(v).tanh()).to(x.dtype()), Map.of(), x);
    }

    public static Tensor sigmoid(Tensor x) {
        return x.sigmoid();
    }

    public static Tensor tanh(Tensor x) {
        return x.tanh();
    }

    /** x * relu6(x + 3) / 6. */
    public static Tensor hardswish(Tensor x) {
        return Args.named("HardSwish", where(x.le(-3.0), 0, x.ge(3.0).where(x, x.mul(x.add(3.0)).div(6.0))), Map.of(), x);
    }

    /** relu6(x + 3) / 6. */
    public static Tensor hardsigmoid(Tensor x) {
        return Args.named("HardSigmoid", hardtanh(x.div(6.0).add(0.5), 0, 1), Map.of("alpha", 1 / 6.0, "beta", 0.5), x);
    }

    public static Tensor hardtanh(Tensor x) {
        return hardtanh(x, -1, 1);
    }

    /** Limits to [min, max]; no gradient at the limits. */
    public static Tensor hardtanh(Tensor x, double min, double max) {
        // Outside is a value without a gradient; so is a NaN, which stays.
        Tensor outside = where(x.le(min), min, where(x.ge(max), max, x.detach()));
        return Args.named("Clip", x.gt(min).logicalAnd(x.lt(max)).where(x, outside), Map.of("min", min, "max", max), x);
    }

    public static Tensor softplus(Tensor x) {
        return softplus(x, 1, 20);
    }

    /** log(1 + e^(beta x)) / beta; x itself where beta x is above the threshold. */
    public static Tensor softplus(Tensor x, double beta, double threshold) {
        Tensor v = Args.precise(x);
        Tensor scaled = v.mul(beta);
        Tensor linear = scaled.gt(threshold);
        Tensor y = linear.where(v, where(linear, 0, scaled).exp().log1p().div(beta)).to(x.dtype());
        // Below 20 the threshold can be seen in the result.
        return threshold < 20 ? y : Args.named("Softplus", y, Map.of("beta", beta), x);
    }

    /** x / (1 + |x|). */
    public static Tensor softsign(Tensor x) {
        return Args.named("Softsign", x.div(x.abs().add(1.0)), Map.of(), x);
    }

    /** x - tanh(x). */
    public static Tensor tanhshrink(Tensor x) {
        return x.sub(x.tanh());
    }

    public static Tensor softshrink(Tensor x) {
        return softshrink(x, 0.5);
    }

    /** Moves elements towards 0 by lambd, and those nearer to 0. */
    public static Tensor softshrink(Tensor x, double lambd) {
        return x.gt(lambd).where(x.sub(lambd), x.lt(-lambd).where(x.add(lambd), x.mul(0.0)));
    }

    public static Tensor hardshrink(Tensor x) {
        return hardshrink(x, 0.5);
    }

    /** 0 between -lambd and lambd. */
    public static Tensor hardshrink(Tensor x, double lambd) {
        return where(x.ge(-lambd).logicalAnd(x.le(lambd)), 0, x);
    }

    /** log(sigmoid(x)), without overflow. */
    public static Tensor logsigmoid(Tensor x) {
        Tensor v = Args.precise(x);
        return v.minimum(constant(v, 0)).sub(v.abs().neg().exp().log1p()).to(x.dtype());
    }

    /** {@code value} where x is not above the threshold. */
    public static Tensor threshold(Tensor x, double threshold, double value) {
        return where(x.le(threshold), value, x);
    }

    public static Tensor glu(Tensor x) {
        return glu(x, -1);
    }

    /** First half of an axis times the sigmoid of the second. */
    public static Tensor glu(Tensor x, int dim) {
        int n = x.size(dim);
        if (n % 2 != 0) {
            throw new IllegalArgumentException("glu halves axis " + dim + " of " + x.shape() + ", whose extent must be even" + Args.at());
        }
        return x.narrow(dim, 0, n / 2).mul(x.narrow(dim, n / 2, n / 2).sigmoid());
    }

    public static Tensor softmax(Tensor x, int dim) {
        return Args.restore(Args.precise(x).softmax(dim), x);
    }

    public static Tensor logSoftmax(Tensor x, int dim) {
        return Args.restore(Args.precise(x).logSoftmax(dim), x);
    }

    public static Tensor softmin(Tensor x, int dim) {
        return softmax(x.neg(), dim);
    }

    /**
     * A sample of the categorical distribution of the logits that gradients flow through (Jang et al. 2016).
     *
     * @param hard whether the result is one-hot, with the gradient of the soft sample
     */
    public static Tensor gumbelSoftmax(Tensor logits, double tau, boolean hard, int dim) {
        Tensor u = Random.uniform(Generator.global(), logits.shape(), logits.dtype().isHalf() ? DType.F32 : logits.dtype());
        Tensor gumbel = u.clampMin(1e-20).log().neg().log().neg();
        Tensor soft = Args.precise(logits).add(gumbel).div(tau).softmax(dim);
        if (!hard) {
            return soft.to(logits.dtype());
        }
        Tensor index = soft.argmax(dim, true);
        Tensor one = Tensor.zerosLike(soft).scatter(dim, index, Tensor.ones(index.shape(), soft.dtype()));
        return one.sub(soft.detach()).add(soft).to(logits.dtype());
    }

    /** Zeroes elements with probability p in training and scales the rest by 1 / (1 - p). */
    public static Tensor dropout(Tensor x, double p, boolean training) {
        Args.needProbability("dropout", p);
        return !training || p == 0 ? x : dropped(x, Random.bernoulli(Generator.global(), 1 - p, x.shape()), p);
    }

    /** Drops whole channels of [N, C, ...]. */
    public static Tensor featureDropout(Tensor x, double p, boolean training) {
        Args.needProbability("dropout", p);
        return !training || p == 0 ? x : dropped(x, channelMask(x, p), p);
    }

    private static Tensor channelMask(Tensor x, double p) {
        if (x.dim() < 2) {
            throw new IllegalArgumentException("channel dropout needs [N, C, ...], not " + x.shape() + Args.at());
        }
        int[] dims = x.shape().dims();
        for (int i = 2; i < dims.length; i++) {
            dims[i] = 1;
        }
        return Random.bernoulli(Generator.global(), 1 - p, dev.levin.type.Shape.of(dims));
    }

    private static Tensor dropped(Tensor x, Tensor keep, double p) {
        return p == 1 ? x.mul(0.0) : keep.where(x.mul(1 / (1 - p)), constant(x, 0));
    }

    /** Dropout that keeps mean and variance of SELU activations. */
    public static Tensor alphaDropout(Tensor x, double p, boolean training) {
        Args.needProbability("dropout", p);
        return !training || p == 0 ? x : alphaDropped(x, Random.bernoulli(Generator.global(), 1 - p, x.shape()), p);
    }

    /** {@link #alphaDropout} of whole channels. */
    public static Tensor featureAlphaDropout(Tensor x, double p, boolean training) {
        Args.needProbability("dropout", p);
        return !training || p == 0 ? x : alphaDropped(x, channelMask(x, p), p);
    }

    private static Tensor alphaDropped(Tensor x, Tensor keep, double p) {
        if (p == 1) {
            return x.mul(0.0);
        }
        double low = -SELU_ALPHA * SELU_SCALE;
        double scale = 1 / Math.sqrt((low * low * p + 1) * (1 - p));
        double shift = -scale * p * low;
        return keep.where(x, constant(x, low)).mul(scale).add(shift);
    }
}
