package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Maximum of windows of [N, C, H, W]; the N axis may be missing. */
public final class MaxPool2d extends MaxPoolLayer {
    /** Windows side by side. */
    public MaxPool2d(int kernelSize) {
        this(kernelSize, kernelSize);
    }

    public MaxPool2d(int kernelSize, int stride) {
        this(kernelSize, stride, 0);
    }

    public MaxPool2d(int kernelSize, int stride, int padding) {
        this(new int[] {kernelSize}, new int[] {stride}, new int[] {padding}, new int[] {1}, false);
    }

    /**
     * One value for all axes or one per axis.
     *
     * @param stride null for the kernel size
     * @param ceilMode whether a last window that is not full counts
     */
    public MaxPool2d(int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        super(2, kernelSize, stride, padding, dilation, ceilMode);
    }

    /** The maxima and where they were, for {@link MaxUnpool2d}. */
    public Functional.Pooled forwardWithIndices(Tensor x) {
        return withIndices(x);
    }
}
