package dev.levin.nn;

/** Instance normalisation of [N, C, D, H, W]; the N axis may be missing. */
public final class InstanceNorm3d extends InstanceNormLayer {
    /** Without parameters and running statistics. */
    public InstanceNorm3d(int numFeatures) {
        this(numFeatures, 1e-5, 0.1, false, false);
    }

    /**
     * @param affine whether to scale and shift by trained parameters
     * @param trackRunningStats whether to keep running statistics and use them in evaluation
     */
    public InstanceNorm3d(int numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        super(3, numFeatures, eps, momentum, affine, trackRunningStats);
    }
}
