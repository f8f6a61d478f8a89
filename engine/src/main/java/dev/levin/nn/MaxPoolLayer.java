package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** What the maximum pools share. */
abstract class MaxPoolLayer extends BuiltIn {
    private final int axes;
    private final int[] kernelSize;
    private final int[] stride;
    private final int[] padding;
    private final int[] dilation;
    private final boolean ceilMode;

    MaxPoolLayer(int axes, int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        this.axes = axes;
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, axes, 1);
        this.stride = stride == null ? this.kernelSize : Args.perAxis("stride", stride, axes, 1);
        this.padding = Args.perAxis("padding", padding, axes, 0);
        this.dilation = Args.perAxis("dilation", dilation, axes, 1);
        this.ceilMode = ceilMode;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.maxPool(axes, x, kernelSize, stride, padding, dilation, ceilMode);
    }

    final Functional.Pooled withIndices(Tensor x) {
        return within(() -> Functional.maxPoolWithIndices(axes, x, kernelSize, stride, padding, dilation, ceilMode));
    }

    @Override
    protected String describe() {
        return "kernel_size=" + value(kernelSize) + ", stride=" + value(stride) + ", padding=" + value(padding) + ", dilation="
                + value(dilation) + ", ceil_mode=" + Text.bool(ceilMode);
    }

    static String value(int[] v) {
        return Arrays.stream(v).distinct().count() == 1 ? Integer.toString(v[0]) : Text.tuple(v);
    }
}
