package dev.levin.nn;

/** Mean of windows of [N, C, L]; the N axis may be missing. */
public final class AvgPool1d extends AvgPoolLayer {
    /** Windows side by side. */
    public AvgPool1d(int kernelSize) {
        this(kernelSize, kernelSize);
    }

    public AvgPool1d(int kernelSize, int stride) {
        this(kernelSize, stride, 0);
    }

    public AvgPool1d(int kernelSize, int stride, int padding) {
        this(new int[] {kernelSize}, new int[] {stride}, new int[] {padding}, false, true);
    }

    /**
     * One value for all axes or one per axis.
     *
     * @param stride null for the kernel size
     * @param ceilMode whether a last window that is not full counts
     * @param countIncludePad whether padding counts in the divisor
     */
    public AvgPool1d(int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad) {
        super(1, kernelSize, stride, padding, ceilMode, countIncludePad, 0);
    }
}
