package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Sums columns of windows back into images, the adjoint of {@link Unfold}. */
public final class Fold extends BuiltIn {
    private final int[] outputSize;
    private final int[] kernelSize;
    private final int[] dilation;
    private final int[] padding;
    private final int[] stride;

    public Fold(int[] outputSize, int... kernelSize) {
        this(outputSize, kernelSize, new int[] {1}, new int[] {0}, new int[] {1});
    }

    /** One value for both axes or one per axis. */
    public Fold(int[] outputSize, int[] kernelSize, int[] dilation, int[] padding, int[] stride) {
        this.outputSize = Args.perAxis("output_size", outputSize, 2, 1);
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, 2, 1);
        this.dilation = Args.perAxis("dilation", dilation, 2, 1);
        this.padding = Args.perAxis("padding", padding, 2, 0);
        this.stride = Args.perAxis("stride", stride, 2, 1);
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.fold(x, outputSize, kernelSize, dilation, padding, stride);
    }

    @Override
    protected String describe() {
        return "output_size=" + Text.tuple(outputSize) + ", kernel_size=" + Text.tuple(kernelSize) + ", dilation=" + Text.tuple(dilation)
                + ", padding=" + Text.tuple(padding) + ", stride=" + Text.tuple(stride);
    }
}
