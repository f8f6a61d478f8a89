package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** (sum of x^p)^(1/p) of windows of [N, C, H, W]. */
public final class LPPool2d extends BuiltIn {
    private final double normType;
    private final int[] kernelSize;
    private final int[] stride;
    private final boolean ceilMode;

    /** Windows side by side. */
    public LPPool2d(double normType, int kernelSize) {
        this(normType, new int[] {kernelSize}, null, false);
    }

    /** One value for all axes or one per axis; a null stride is the kernel size. */
    public LPPool2d(double normType, int[] kernelSize, int[] stride, boolean ceilMode) {
        this.normType = normType;
        this.kernelSize = Args.perAxis("kernel_size", kernelSize, 2, 1);
        this.stride = stride == null ? this.kernelSize : Args.perAxis("stride", stride, 2, 1);
        this.ceilMode = ceilMode;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.lpPool(2, x, normType, kernelSize, stride, ceilMode);
    }

    @Override
    protected String describe() {
        return "norm_type=" + Text.number(normType) + ", kernel_size=" + Arrays.toString(kernelSize) + ", stride=" + Arrays.toString(stride)
                + ", ceil_mode=" + Text.bool(ceilMode);
    }
}
