package dev.levin.nn;

/** Transposed convolution over three axes, the adjoint of {@link Conv3d}: [N, C, D, H, W] to [N, outChannels, ...]. */
public final class ConvTranspose3d extends ConvTransposeLayer {
    public ConvTranspose3d(int inChannels, int outChannels, int kernelSize) {
        this(inChannels, outChannels, kernelSize, ConvOptions.DEFAULT);
    }

    public ConvTranspose3d(int inChannels, int outChannels, int kernelSize, int stride) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride));
    }

    public ConvTranspose3d(int inChannels, int outChannels, int kernelSize, int stride, int padding) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride).padding(padding));
    }

    public ConvTranspose3d(int inChannels, int outChannels, int kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new int[] {kernelSize}, options);
    }

    /** A kernel of one extent per axis. */
    public ConvTranspose3d(int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        super(3, inChannels, outChannels, kernelSize, options);
    }
}
