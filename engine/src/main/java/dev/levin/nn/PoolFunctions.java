package dev.levin.nn;

import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Map;

/** Pooling over [N, C, S...] or [C, S...]. Arrays of geometry hold one value for all spatial axes or one per axis. */
abstract class PoolFunctions extends ConvFunctions {
    /** Window maxima and their row-major positions in the spatial axes (I64). */
    public record Pooled(Tensor output, Tensor indices) {
    }

    // ---- maximum ------------------------------------------------------------------------------------------------------

    public static Tensor maxPool1d(Tensor x, int kernelSize) {
        return maxPool1d(x, new int[] {kernelSize}, null, new int[] {0}, new int[] {1}, false);
    }

    /** A null stride is the kernel size. */
    public static Tensor maxPool1d(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPool(1, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    public static Tensor maxPool2d(Tensor x, int kernelSize) {
        return maxPool2d(x, new int[] {kernelSize}, null, new int[] {0}, new int[] {1}, false);
    }

    public static Tensor maxPool2d(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPool(2, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    public static Tensor maxPool3d(Tensor x, int kernelSize) {
        return maxPool3d(x, new int[] {kernelSize}, null, new int[] {0}, new int[] {1}, false);
    }

    public static Tensor maxPool3d(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPool(3, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    static Tensor maxPool(int d, Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return like(x, pool(Op.POOL_MAX, batched(d, x), maxAttr(d, x, kernelSize, stride, padding, dilation, ceilMode)));
    }

    public static Pooled maxPool1dWithIndices(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPoolWithIndices(1, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    public static Pooled maxPool2dWithIndices(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPoolWithIndices(2, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    public static Pooled maxPool3dWithIndices(Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        return maxPoolWithIndices(3, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    static Pooled maxPoolWithIndices(int d, Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        PoolAttr attr = maxAttr(d, x, kernelSize, stride, padding, dilation, ceilMode);
        Tensor b = batched(d, x);
        return new Pooled(like(x, pool(Op.POOL_MAX, b, attr)), like(x, pool(Op.POOL_ARGMAX, b.detach(), attr)));
    }

    private static PoolAttr maxAttr(int d, Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        PoolAttr a = attr("max_pool" + d + "d", d, x, kernelSize, stride, padding, dilation, ceilMode);
        return a;
    }

    private static Tensor pool(Op op, Tensor x, PoolAttr attr) {
        return Tensor.wrap(Nodes.pool(op, x.node(), attr));
    }

    private static Tensor batched(int d, Tensor x) {
        return x.dim() == d + 1 ? x.unsqueeze(0) : x;
    }

    /** Without the batch axis that {@link #batched} added. */
    private static Tensor like(Tensor x, Tensor y) {
        return y.dim() > x.dim() ? y.squeeze(0) : y;
    }

    private static PoolAttr attr(String what, int d, Tensor x, int[] kernelSize, int[] stride, int[] padding, int[] dilation,
            boolean ceilMode) {
        Args.needRank(what, x, "[N, C" + ", S".repeat(d) + "] or without N", d + 1, d + 2);
        int[] k = Args.perAxis("kernel_size", kernelSize, d, 1);
        int[] s = stride == null || stride.length == 0 ? k : Args.perAxis("stride", stride, d, 1);
        int[] p = Args.perAxis("padding", padding, d, 0);
        int[] dil = Args.perAxis("dilation", dilation, d, 1);
        int[] after = p.clone();
        for (int i = 0; i < d; i++) {
            if (2 * p[i] > k[i]) {
                throw new IllegalArgumentException(what + ": padding must be at most half of the kernel, not " + Arrays.toString(p)
                        + " for " + Arrays.toString(k) + Args.at());
            }
            int n = x.size(i - d);
            int span = dil[i] * (k[i] - 1) + 1;
            if (ceilMode) {
                int out = Math.ceilDiv(n + 2 * p[i] - span, s[i]) + 1;
                if ((out - 1) * s[i] >= n + p[i]) {
                    out--; // the last window would lie in the padding
                }
                after[i] = Math.max(0, (out - 1) * s[i] + span - n - p[i]);
            }
        }
        return new PoolAttr(k, s, p, after, dil);
    }

    /** Puts the elements of {@code input} where {@code indices} says, zeros elsewhere. */
    public static Tensor maxUnpool1d(Tensor input, Tensor indices, int[] outputSize) {
        return maxUnpool(1, input, indices, outputSize);
    }

    public static Tensor maxUnpool2d(Tensor input, Tensor indices, int[] outputSize) {
        return maxUnpool(2, input, indices, outputSize);
    }

    public static Tensor maxUnpool3d(Tensor input, Tensor indices, int[] outputSize) {
        return maxUnpool(3, input, indices, outputSize);
    }

    static Tensor maxUnpool(int d, Tensor input, Tensor indices, int[] outputSize) {
        Args.needRank("max_unpool" + d + "d", input, "[N, C" + ", S".repeat(d) + "] or without N", d + 1, d + 2);
        if (!input.shape().equals(indices.shape())) {
            throw new IllegalArgumentException("max_unpool needs an index per element, not " + indices.shape() + " for " + input.shape()
                    + Args.at());
        }
        int[] size = Args.perAxis("output_size", outputSize, d, 1);
        int[] lead = Arrays.copyOf(input.shape().dims(), input.dim() - d);
        int spatial = Arrays.stream(size).reduce(1, Math::multiplyExact);
        int[] flat = Arrays.copyOf(lead, lead.length + 1);
        flat[lead.length] = spatial;
        int[] full = Arrays.copyOf(lead, lead.length + d);
        System.arraycopy(size, 0, full, lead.length, d);
        Tensor base = Tensor.zeros(Shape.of(flat), input.dtype());
        return base.scatter(-1, indices.flatten(lead.length, -1), input.flatten(lead.length, -1)).reshape(Shape.of(full));
    }

    // ---- average ------------------------------------------------------------------------------------------------------

    public static Tensor avgPool1d(Tensor x, int kernelSize) {
        return avgPool1d(x, new int[] {kernelSize}, null, new int[] {0}, false, true);
    }

    public static Tensor avgPool1d(Tensor x, int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad) {
        return avgPool(1, x, kernelSize, stride, padding, ceilMode, countIncludePad, 0);
    }

    public static Tensor avgPool2d(Tensor x, int kernelSize) {
        return avgPool2d(x, new int[] {kernelSize}, null, new int[] {0}, false, true, 0);
    }

    /** A {@code divisorOverride} of 0 divides by the size of the window. */
    public static Tensor avgPool2d(Tensor x, int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad,
            int divisorOverride) {
        return avgPool(2, x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
    }

    public static Tensor avgPool3d(Tensor x, int kernelSize) {
        return avgPool3d(x, new int[] {kernelSize}, null, new int[] {0}, false, true, 0);
    }

    public static Tensor avgPool3d(Tensor x, int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad,
            int divisorOverride) {
        return avgPool(3, x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
    }

    static Tensor avgPool(int d, Tensor x, int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad,
            int divisorOverride) {
        PoolAttr a = attr("avg_pool" + d + "d", d, x, kernelSize, stride, padding, new int[] {1}, ceilMode);
        Tensor b = batched(d, x);
        Tensor sum = pool(Op.POOL_SUM, Args.precise(b), a);
        double window = Arrays.stream(a.kernel()).reduce(1, Math::multiplyExact);
        boolean uniform = divisorOverride != 0;
        if (!uniform) {
            uniform = true;
            for (int i = 0; i < d; i++) {
                int end = (sum.size(2 + i) - 1) * a.stride()[i] + a.kernel()[i] - a.before()[i];
                int pad = Args.perAxis("padding", padding, d, 0)[i];
                uniform &= countIncludePad ? end <= b.size(2 + i) + pad : pad == 0 && end <= b.size(2 + i);
            }
        }
        if (uniform) {
            Tensor mean = sum.div(divisorOverride == 0 ? window : divisorOverride).to(x.dtype());
            return like(x, divisorOverride == 0 ? Args.named("AveragePool", mean, Map.of(), sum) : mean);
        }
        Tensor counts = Tensor.scalar(1, sum.dtype());
        for (int i = 0; i < d; i++) {
            int pad = a.before()[i];
            Tensor start = Tensor.arange(sum.size(2 + i)).mul((long) a.stride()[i]).sub((long) pad);
            int limit = b.size(2 + i) + (countIncludePad ? pad : 0);
            Tensor stop = start.add((long) a.kernel()[i]).clampMax(limit);
            int[] axis = new int[d];
            Arrays.fill(axis, 1);
            axis[i] = sum.size(2 + i);
            counts = counts.mul(stop.sub(start.clampMin(countIncludePad ? -pad : 0)).to(sum.dtype()).reshape(axis));
        }
        return like(x, sum.div(counts).to(x.dtype()));
    }

    /** (sum of x^p)^(1/p) over windows. */
    public static Tensor lpPool1d(Tensor x, double normType, int[] kernelSize, int[] stride, boolean ceilMode) {
        return lpPool(1, x, normType, kernelSize, stride, ceilMode);
    }

    public static Tensor lpPool2d(Tensor x, double normType, int[] kernelSize, int[] stride, boolean ceilMode) {
        return lpPool(2, x, normType, kernelSize, stride, ceilMode);
    }

    public static Tensor lpPool3d(Tensor x, double normType, int[] kernelSize, int[] stride, boolean ceilMode) {
        return lpPool(3, x, normType, kernelSize, stride, ceilMode);
    }

    static Tensor lpPool(int d, Tensor x, double p, int[] kernelSize, int[] stride, boolean ceilMode) {
        Tensor mean = avgPool(d, x.pow(p), kernelSize, stride, new int[] {0}, ceilMode, true, 0);
        int window = Arrays.stream(Args.perAxis("kernel_size", kernelSize, d, 1)).reduce(1, Math::multiplyExact);
        return mean.sign().mul(mean.abs().relu()).mul((double) window).pow(1 / p);
    }

    // ---- adaptive -----------------------------------------------------------------------------------------------------

    /** Averages over windows that divide the input evenly; an extent of -1 keeps the input's. */
    public static Tensor adaptiveAvgPool1d(Tensor x, int... outputSize) {
        return adaptiveAvgPool(1, x, outputSize);
    }

    public static Tensor adaptiveAvgPool2d(Tensor x, int... outputSize) {
        return adaptiveAvgPool(2, x, outputSize);
    }

    public static Tensor adaptiveAvgPool3d(Tensor x, int... outputSize) {
        return adaptiveAvgPool(3, x, outputSize);
    }

    private static int[] adaptiveSize(String what, int d, Tensor x, int[] outputSize) {
        Args.needRank(what, x, "[N, C" + ", S".repeat(d) + "] or without N", d + 1, d + 2);
        int[] size = Args.perAxis("output_size", outputSize, d, -1).clone();
        for (int i = 0; i < d; i++) {
            size[i] = size[i] == -1 ? x.size(i - d) : size[i];
        }
        return size;
    }

    private static int[] evenKernel(int d, Tensor x, int[] size) {
        int[] k = new int[d];
        for (int i = 0; i < d; i++) {
            if (size[i] == 0 || x.size(i - d) % size[i] != 0) {
                return null;
            }
            k[i] = x.size(i - d) / size[i];
        }
        return k;
    }

    static Tensor adaptiveAvgPool(int d, Tensor x, int[] outputSize) {
        int[] size = adaptiveSize("adaptive_avg_pool" + d + "d", d, x, outputSize);
        int[] even = evenKernel(d, x, size);
        if (even != null) {
            boolean global = Arrays.stream(size).allMatch(n -> n == 1);
            return global ? Args.precise(x).mean(Args.range(x.dim() - d, x.dim()), true).to(x.dtype())
                    : avgPool(d, x, even, null, new int[] {0}, false, true, 0);
        }
        // A mean over a box is a mean along each axis in turn: one averaging matrix per axis.
        Tensor y = Args.precise(x);
        for (int i = 0; i < d; i++) {
            int axis = x.dim() - d + i;
            Tensor position = Tensor.arange(x.size(axis));
            Tensor start = windowStart(x.size(axis), size[i]).unsqueeze(1);
            Tensor end = windowEnd(x.size(axis), size[i]).unsqueeze(1);
            Tensor inside = position.ge(start).logicalAnd(position.lt(end)).to(y.dtype());
            Tensor average = inside.div(end.sub(start).to(y.dtype()));
            y = y.transpose(axis, -1).matmul(average.t()).transpose(axis, -1);
        }
        return y.to(x.dtype());
    }

    private static Tensor windowStart(int in, int out) {
        return floorDivide(Tensor.arange(out).mul((long) in), out);
    }

    private static Tensor windowEnd(int in, int out) {
        return floorDivide(Tensor.arange(out).add(1L).mul((long) in).add((long) out - 1), out);
    }

    private static Tensor floorDivide(Tensor notNegative, int by) {
        return Tensor.wrap(Nodes.div(notNegative.node(), Nodes.constant(DType.I64, (long) by)));
    }

    public static Tensor adaptiveMaxPool1d(Tensor x, int... outputSize) {
        return adaptiveMaxPool(1, x, outputSize).output();
    }

    public static Tensor adaptiveMaxPool2d(Tensor x, int... outputSize) {
        return adaptiveMaxPool(2, x, outputSize).output();
    }

    public static Tensor adaptiveMaxPool3d(Tensor x, int... outputSize) {
        return adaptiveMaxPool(3, x, outputSize).output();
    }

    public static Pooled adaptiveMaxPool1dWithIndices(Tensor x, int... outputSize) {
        return adaptiveMaxPool(1, x, outputSize);
    }

    public static Pooled adaptiveMaxPool2dWithIndices(Tensor x, int... outputSize) {
        return adaptiveMaxPool(2, x, outputSize);
    }

    public static Pooled adaptiveMaxPool3dWithIndices(Tensor x, int... outputSize) {
        return adaptiveMaxPool(3, x, outputSize);
    }

    static Pooled adaptiveMaxPool(int d, Tensor x, int[] outputSize) {
        int[] size = adaptiveSize("adaptive_max_pool" + d + "d", d, x, outputSize);
        int[] even = evenKernel(d, x, size);
        if (even != null) {
            return maxPoolWithIndices(d, x, even, null, new int[] {0}, new int[] {1}, false);
        }
        // Row-major positions of every window, the last one repeated where windows are shorter than the longest.
        int lead = x.dim() - d;
        Tensor positions = Tensor.zeros(Shape.of(), DType.I64);
        for (int i = 0; i < d; i++) {
            int in = x.size(lead + i);
            Tensor start = windowStart(in, size[i]).unsqueeze(1);
            Tensor end = windowEnd(in, size[i]).unsqueeze(1);
            int longest = Math.min(in, Math.ceilDiv(in, size[i]) + 1);
            Tensor window = start.add(Tensor.arange(longest)).minimum(end.sub(1L));
            int[] shape = new int[2 * d];
            Arrays.fill(shape, 1);
            shape[i] = size[i];
            shape[d + i] = longest;
            positions = positions.mul((long) in).add(window.reshape(shape));
        }
        Tensor windows = positions.flatten(d, -1);
        int perWindow = windows.size(-1);
        Tensor flat = x.flatten(lead, -1);
        Tensor values = Tensor.wrap(Nodes.take(flat.node(), windows.flatten().node(), -1));
        int[] grouped = Arrays.copyOf(x.shape().dims(), lead + d + 1);
        System.arraycopy(size, 0, grouped, lead, d);
        grouped[lead + d] = perWindow;
        var best = values.reshape(grouped).max(-1, true);
        Tensor where = windows.broadcastTo(Shape.of(grouped)).gather(-1, best.indices()).squeeze(-1);
        return new Pooled(best.values().squeeze(-1), where);
    }
}
