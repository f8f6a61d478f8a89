package dev.levin.nn;

/** Mean of windows of [N, C, D, H, W]; the N axis may be missing. */
public final class AvgPool3d extends AvgPoolLayer {
    /** Windows side by side. */
    public AvgPool3d(int kernelSize) {
        this(kernelSize, kernelSize);
    }

    public AvgPool3d(int kernelSize, int stride) {
        this(kernelSize, stride, 0);
    }

    public AvgPool3d(int kernelSize, int stride, int padding) {
        this(new int[] {kernelSize}, new int[] {stride}, new int[] {padding}, false, true, 0);
    }

    /**
     * One value for all axes or one per axis.
     *
     * @param stride null for the kernel size
     * @param ceilMode whether a last window that is not full counts
     * @param countIncludePad whether padding counts in the divisor
     * @param divisorOverride divisor in place of the size of the window; 0 for none
     */
    public AvgPool3d(int[] kernelSize, int[] stride, int[] padding, boolean ceilMode, boolean countIncludePad, int divisorOverride) {
        super(3, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
    }
}
