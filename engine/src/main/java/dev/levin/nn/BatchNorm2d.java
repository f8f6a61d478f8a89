package dev.levin.nn;

/** Batch normalisation of [N, C, H, W]. */
public final class BatchNorm2d extends BatchNormLayer {
    public BatchNorm2d(int numFeatures) {
        this(numFeatures, 1e-5, 0.1);
    }

    public BatchNorm2d(int numFeatures, double eps, double momentum) {
        this(numFeatures, eps, momentum, true, true);
    }

    /**
     * @param momentum weight of the newest batch in the running statistics; null for the plain mean over batches
     * @param affine whether to scale and shift by trained parameters
     * @param trackRunningStats whether to keep running statistics; else batches are always normalised by themselves
     */
    public BatchNorm2d(int numFeatures, double eps, Double momentum, boolean affine, boolean trackRunningStats) {
        super(numFeatures, eps, momentum, affine, trackRunningStats, "[N, C, H, W]", 4);
    }
}
