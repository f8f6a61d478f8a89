package dev.levin.nn;

/** Convolution (cross-correlation) over three axes: [N, C, D, H, W] to [N, outChannels, ...]; the N axis may be missing. */
public final class Conv3d extends ConvLayer {
    public Conv3d(int inChannels, int outChannels, int kernelSize) {
        this(inChannels, outChannels, kernelSize, ConvOptions.DEFAULT);
    }

    public Conv3d(int inChannels, int outChannels, int kernelSize, int stride) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride));
    }

    public Conv3d(int inChannels, int outChannels, int kernelSize, int stride, int padding) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride).padding(padding));
    }

    public Conv3d(int inChannels, int outChannels, int kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new int[] {kernelSize}, options);
    }

    /** A kernel of one extent per axis. */
    public Conv3d(int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        super(3, inChannels, outChannels, kernelSize, options);
    }
}
