package dev.levin.nn;

/** Transposed convolution over one axis, the adjoint of {@link Conv1d}: [N, C, L] to [N, outChannels, ...]. */
public final class ConvTranspose1d extends ConvTransposeLayer {
    public ConvTranspose1d(int inChannels, int outChannels, int kernelSize) {
        this(inChannels, outChannels, kernelSize, ConvOptions.DEFAULT);
    }

    public ConvTranspose1d(int inChannels, int outChannels, int kernelSize, int stride) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride));
    }

    public ConvTranspose1d(int inChannels, int outChannels, int kernelSize, int stride, int padding) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride).padding(padding));
    }

    public ConvTranspose1d(int inChannels, int outChannels, int kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new int[] {kernelSize}, options);
    }

    /** A kernel of one extent per axis. */
    public ConvTranspose1d(int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        super(1, inChannels, outChannels, kernelSize, options);
    }
}
