package dev.levin.nn;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Map;

/** Normalisation and distances. Statistics are taken in at least F32. */
abstract class NormFunctions extends PoolFunctions {
    private static final Object[] LAYER_NORM = {"layer_norm"};

    private static Tensor affine(Tensor normal, Tensor weight, Tensor bias) {
        Tensor y = weight == null ? normal : normal.mul(Args.precise(weight));
        return bias == null ? y : y.add(Args.precise(bias));
    }

    /** x normalised over the given axes. */
    private static Tensor standard(Tensor x, int[] axes, double eps) {
        Tensor centred = x.sub(x.mean(axes, true));
        return centred.mul(centred.mul(centred).mean(axes, true).add(eps).rsqrt());
    }

    /**
     * Normalises every channel of [N, C, ...] (Ioffe and Szegedy 2015): by the batch in training, where the running
     * statistics (which may be null) move towards the batch's by {@code momentum}; by the running ones otherwise.
     */
    public static Tensor batchNorm(Tensor x, State runningMean, State runningVar, Tensor weight, Tensor bias, boolean training,
            double momentum, double eps) {
        return batchNorm(x, runningMean, runningVar, weight, bias, training, Tensor.scalar(momentum, DType.F64), eps);
    }

    static Tensor batchNorm(Tensor x, State runningMean, State runningVar, Tensor weight, Tensor bias, boolean training,
            Tensor momentum, double eps) {
        if (x.dim() < 2) {
            throw new IllegalArgumentException("batch_norm expects [N, C, ...], not " + x.shape() + Args.at());
        }
        long count = x.numel() / Math.max(1, x.size(1));
        if (training && count <= 1) {
            throw new IllegalArgumentException("batch_norm needs more than one value per channel in training, not "
                    + x.shape() + Args.at() + "; use eval(), or a larger batch");
        }
        return Args.repeated(new Object[] {"batch_norm", runningMean, runningVar}, new long[] {training ? 1 : 0, Double.doubleToRawLongBits(eps)},
                () -> normalised(x, runningMean, runningVar, weight, bias, training, momentum, eps, count), x, weight, bias, momentum);
    }

    private static Tensor normalised(Tensor x, State runningMean, State runningVar, Tensor weight, Tensor bias, boolean training,
            Tensor momentum, double eps, long count) {
        Tensor v = Args.precise(x);
        Tensor w = weight == null ? null : Args.channels(weight, x.dim());
        Tensor b = bias == null ? null : Args.channels(bias, x.dim());
        if (!training) {
            Tensor mean = Args.channels(runningMean, x.dim()).to(v.dtype());
            Tensor scale = Args.channels(runningVar, x.dim()).to(v.dtype()).add(eps).rsqrt();
            return Args.named("BatchNormalization", affine(v.sub(mean).mul(scale), w, b).to(x.dtype()), Map.of("epsilon", eps),
                    x, weight, bias, runningMean, runningVar);
        }
        int[] axes = channelAxes(x);
        Tensor mean = v.mean(axes, true);
        Tensor centred = v.sub(mean);
        Tensor var = centred.mul(centred).mean(axes, true);
        if (runningMean != null) {
            move(runningMean, mean.flatten(), momentum);
            move(runningVar, var.flatten().mul(count / (count - 1.0)), momentum);
        }
        return affine(centred.mul(var.add(eps).rsqrt()), w, b).to(x.dtype());
    }

    private static int[] channelAxes(Tensor x) {
        int[] axes = new int[x.dim() - 1];
        for (int i = 1; i < axes.length; i++) {
            axes[i] = i + 1;
        }
        return axes;
    }

    private static void move(State running, Tensor batch, Tensor momentum) {
        Tensor m = momentum.to(running.dtype());
        running.set(running.mul(m.rsub(1.0)).add(batch.detach().to(running.dtype()).mul(m)));
    }

    /**
     * Normalises every channel of every sample of [N, C, S...] (Ulyanov et al. 2016): by its own statistics with
     * {@code useInputStats}, which move the running ones (if not null) by {@code momentum}; by the running ones otherwise.
     */
    public static Tensor instanceNorm(Tensor x, State runningMean, State runningVar, Tensor weight, Tensor bias,
            boolean useInputStats, double momentum, double eps) {
        if (x.dim() < 3) {
            throw new IllegalArgumentException("instance_norm expects [N, C, S...], not " + x.shape() + Args.at());
        }
        if (!useInputStats) {
            return batchNorm(x, runningMean, runningVar, weight, bias, false, momentum, eps);
        }
        long count = x.numel() / Math.max(1, (long) x.size(0) * x.size(1));
        if (count <= 1) {
            throw new IllegalArgumentException("instance_norm needs more than one spatial element, not " + x.shape() + Args.at());
        }
        Tensor v = Args.precise(x);
        int[] axes = Args.range(2, x.dim());
        Tensor mean = v.mean(axes, true);
        Tensor centred = v.sub(mean);
        Tensor var = centred.mul(centred).mean(axes, true);
        if (runningMean != null) {
            Tensor m = Tensor.scalar(momentum, DType.F64);
            move(runningMean, mean.mean(0).flatten(), m);
            move(runningVar, var.mean(0).flatten().mul(count / (count - 1.0)), m);
        }
        Tensor w = weight == null ? null : Args.channels(weight, x.dim());
        Tensor b = bias == null ? null : Args.channels(bias, x.dim());
        return Args.named("InstanceNormalization", affine(centred.mul(var.add(eps).rsqrt()), w, b).to(x.dtype()), Map.of("epsilon", eps),
                x, weight, bias);
    }

    public static Tensor layerNorm(Tensor x, int... normalizedShape) {
        return layerNorm(x, normalizedShape, null, null, 1e-5);
    }

    /** Normalises over the last axes (Ba et al. 2016); weight and bias have their shape, or are null. */
    public static Tensor layerNorm(Tensor x, int[] normalizedShape, Tensor weight, Tensor bias, double eps) {
        int[] axes = lastAxes("layer_norm", x, normalizedShape);
        return Args.repeated(LAYER_NORM, new long[] {axes.length, Double.doubleToRawLongBits(eps)},
                () -> Args.named("LayerNormalization", Args.restore(affine(standard(Args.precise(x), axes, eps), weight, bias), x),
                        Map.of("epsilon", eps, "axis", -normalizedShape.length), x, weight, bias), x, weight, bias);
    }

    private static int[] lastAxes(String what, Tensor x, int[] normalizedShape) {
        int k = normalizedShape.length;
        int r = x.dim();
        if (k == 0 || k > r || !Arrays.equals(Arrays.copyOfRange(x.shape().dims(), r - k, r), normalizedShape)) {
            throw new IllegalArgumentException(what + ": the last axes of " + x.shape() + " must be " + Arrays.toString(normalizedShape)
                    + Args.at());
        }
        return Args.range(r - k, r);
    }

    /** x / sqrt(mean(x^2) + eps) over the last axes (Zhang and Sennrich 2019). */
    public static Tensor rmsNorm(Tensor x, int[] normalizedShape, Tensor weight, double eps) {
        Tensor v = Args.precise(x);
        Tensor y = v.mul(v.mul(v).mean(lastAxes("rms_norm", x, normalizedShape), true).add(eps).rsqrt());
        return Args.restore(affine(y, weight, null), x);
    }

    /** Normalises groups of channels of [N, C, ...] (Wu and He 2018). */
    public static Tensor groupNorm(Tensor x, int numGroups, Tensor weight, Tensor bias, double eps) {
        if (x.dim() < 2 || numGroups < 1 || x.size(1) % numGroups != 0) {
            throw new IllegalArgumentException("group_norm: the channels of " + x.shape() + " must be divisible into " + numGroups
                    + " groups" + Args.at());
        }
        int perGroup = x.numel() == 0 ? 0 : (int) (x.numel() / ((long) x.size(0) * numGroups));
        Tensor grouped = Args.precise(x).reshape(Shape.of(x.size(0), numGroups, perGroup));
        Tensor normal = standard(grouped, new int[] {2}, eps).reshape(x.shape());
        Tensor w = weight == null ? null : Args.channels(weight, x.dim());
        Tensor b = bias == null ? null : Args.channels(bias, x.dim());
        return Args.named("GroupNormalization", Args.restore(affine(normal, w, b), x), Map.of("epsilon", eps, "num_groups", numGroups),
                x, weight, bias);
    }

    /** x / (k + alpha * mean of x^2 over {@code size} neighbouring channels)^beta (Krizhevsky et al. 2012). */
    public static Tensor localResponseNorm(Tensor x, int size, double alpha, double beta, double k) {
        if (x.dim() < 3 || size < 1) {
            throw new IllegalArgumentException("local_response_norm expects [N, C, S...] and a positive size, not " + x.shape()
                    + " and " + size + Args.at());
        }
        Tensor v = Args.precise(x);
        int[] pad = new int[2 * (x.dim() - 1)];
        pad[pad.length - 2] = size / 2;
        pad[pad.length - 1] = (size - 1) / 2;
        Tensor square = SpatialFunctions.pad(v.mul(v), pad, PaddingMode.ZEROS, 0);
        Tensor mean = square.unfold(1, size, 1).mean(-1);
        return v.div(mean.mul(alpha).add(k).pow(beta)).to(x.dtype());
    }

    // ---- norms and distances ------------------------------------------------------------------------------------------

    /** Vectors along an axis divided by their p-norm, which is at least eps. */
    public static Tensor normalize(Tensor x, double p, int dim, double eps) {
        return x.div(norm(x, p, dim, true).clampMin(eps));
    }

    public static Tensor normalize(Tensor x) {
        return normalize(x, 2, 1, 1e-12);
    }

    /** The p-norm along an axis; its gradient at 0 is 0. */
    static Tensor norm(Tensor x, double p, int dim, boolean keepdim) {
        int[] axes = {dim};
        if (p == Double.POSITIVE_INFINITY) {
            return x.abs().amax(axes, keepdim);
        }
        if (p == 1) {
            return x.abs().sum(axes, keepdim);
        }
        Tensor sum = (p == 2 ? x.mul(x) : x.abs().pow(p)).sum(axes, keepdim);
        Tensor zero = sum.eq(0.0);
        Tensor safe = zero.where(Tensor.scalar(1, sum.dtype()), sum);
        return zero.where(Tensor.scalar(0, sum.dtype()), p == 2 ? safe.sqrt() : safe.pow(1 / p));
    }

    public static Tensor cosineSimilarity(Tensor x1, Tensor x2) {
        return cosineSimilarity(x1, x2, 1, 1e-8);
    }

    /** Cosine of the angle between vectors along an axis; norms are at least eps. Operands broadcast. */
    public static Tensor cosineSimilarity(Tensor x1, Tensor x2, int dim, double eps) {
        Shape common = Shape.broadcast(x1.shape(), x2.shape());
        Tensor a = x1.broadcastTo(common);
        Tensor b = x2.broadcastTo(common);
        Tensor na = norm(a, 2, dim, true).clampMin(eps);
        Tensor nb = norm(b, 2, dim, true).clampMin(eps);
        return a.div(na).mul(b.div(nb)).sum(dim);
    }

    public static Tensor pairwiseDistance(Tensor x1, Tensor x2) {
        return pairwiseDistance(x1, x2, 2, 1e-6, false);
    }

    /** p-norm of x1 - x2 + eps along the last axis. */
    public static Tensor pairwiseDistance(Tensor x1, Tensor x2, double p, double eps, boolean keepdim) {
        return norm(x1.sub(x2).add(eps), p, -1, keepdim);
    }
}
