package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** What the average pools share. */
abstract class AvgPoolLayer extends BuiltIn {
    private final int axes;
    private final int[] kernelSize;
    private final int[] stride;
    private final int[] padding;
    private final boolean ceilMode;
    private final boolean countIncludePad;
    private final int divisorOverride;

    AvgPoolLayer(int axes, int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad, int divisorOverride) {
        this.axes = axes;
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, axes, 1);
        this.stride = stride == null ? this.kernelSize : Args.perAxis("stride", stride, axes, 1);
        this.padding = Args.perAxis("padding", padding, axes, 0);
        this.ceilMode = ceilMode;
        this.countIncludePad = countIncludePad;
        this.divisorOverride = divisorOverride;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.avgPool(axes, x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
    }

    @Override
    protected String describe() {
        return "kernel_size=" + MaxPoolLayer.value(kernelSize) + ", stride=" + MaxPoolLayer.value(stride) + ", padding="
                + MaxPoolLayer.value(padding);
    }
}
