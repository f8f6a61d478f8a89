package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Maximum of windows of [N, C, L]; the N axis may be missing. */
public final class MaxPool1d extends MaxPoolLayer {
    /** Windows side by side. */
    public MaxPool1d(int kernelSize) {
        this(kernelSize, kernelSize);
    }

    public MaxPool1d(int kernelSize, int stride) {
        this(kernelSize, stride, 0);
    }

    public MaxPool1d(int kernelSize, int stride, int padding) {
        this(new int[] {kernelSize}, new int[] {stride}, new int[] {padding}, new int[] {1}, false);
    }

    /**
     * One value for all axes or one per axis.
     *
     * @param stride null for the kernel size
     * @param ceilMode whether a last window that is not full counts
     */
    public MaxPool1d(int[] kernelSize, int[] stride, int[] padding, int[] dilation, boolean ceilMode) {
        super(1, kernelSize, stride, padding, dilation, ceilMode);
    }

    /** The maxima and where they were, for {@link MaxUnpool1d}. */
    public Functional.Pooled forwardWithIndices(Tensor x) {
        return withIndices(x);
    }
}
