package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Partial inverse of {@link MaxPool1d}: maxima back where they were, zeros elsewhere. */
public final class MaxUnpool1d extends Module {
    private final int[] kernelSize;
    private final int[] stride;
    private final int[] padding;

    public MaxUnpool1d(int kernelSize) {
        this(new int[] {kernelSize}, null, new int[] {0});
    }

    /** One value for all axes or one per axis; a null stride is the kernel size. */
    public MaxUnpool1d(int[] kernelSize, int[] stride, int[] padding) {
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, 1, 1);
        this.stride = stride == null ? this.kernelSize : Args.perAxis("stride", stride, 1, 1);
        this.padding = Args.perAxis("padding", padding, 1, 0);
    }

    /** To the smallest input that such a pool takes. */
    public Tensor forward(Tensor input, Tensor indices) {
        int[] size = new int[1];
        for (int i = 0; i < 1; i++) {
            size[i] = (input.size(i - 1) - 1) * stride[i] - 2 * padding[i] + kernelSize[i];
        }
        return forward(input, indices, size);
    }

    /** To a given spatial size, which a pool does not tell. */
    public Tensor forward(Tensor input, Tensor indices, int[] outputSize) {
        return within(() -> Functional.maxUnpool(1, input, indices, outputSize));
    }

    @Override
    protected String describe() {
        return "kernel_size=" + Text.tuple(kernelSize) + ", stride=" + Text.tuple(stride) + ", padding=" + Text.tuple(padding);
    }
}
