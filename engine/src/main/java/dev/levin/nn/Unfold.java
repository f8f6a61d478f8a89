package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Windows of [N, C, H, W] as columns: [N, C * kernel, windows]. */
public final class Unfold extends BuiltIn {
    private final int[] kernelSize;
    private final int[] dilation;
    private final int[] padding;
    private final int[] stride;

    public Unfold(int... kernelSize) {
        this(kernelSize, new int[] {1}, new int[] {0}, new int[] {1});
    }

    /** One value for both axes or one per axis. */
    public Unfold(int[] kernelSize, int[] dilation, int[] padding, int[] stride) {
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, 2, 1);
        this.dilation = Args.perAxis("dilation", dilation, 2, 1);
        this.padding = Args.perAxis("padding", padding, 2, 0);
        this.stride = Args.perAxis("stride", stride, 2, 1);
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.unfold(x, kernelSize, dilation, padding, stride);
    }

    @Override
    protected String describe() {
        return "kernel_size=" + Text.tuple(kernelSize) + ", dilation=" + Text.tuple(dilation) + ", padding=" + Text.tuple(padding)
                + ", stride=" + Text.tuple(stride);
    }
}
