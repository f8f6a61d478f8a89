package dev.levin.nn;

/** Convolution (cross-correlation) over one axis: [N, C, L] to [N, outChannels, ...]; the N axis may be missing. */
public final class Conv1d extends ConvLayer {
    public Conv1d(int inChannels, int outChannels, int kernelSize) {
        this(inChannels, outChannels, kernelSize, ConvOptions.DEFAULT);
    }

    public Conv1d(int inChannels, int outChannels, int kernelSize, int stride) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride));
    }

    public Conv1d(int inChannels, int outChannels, int kernelSize, int stride, int padding) {
        this(inChannels, outChannels, kernelSize, ConvOptions.stride(stride).padding(padding));
    }

    public Conv1d(int inChannels, int outChannels, int kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new int[] {kernelSize}, options);
    }

    /** A kernel of one extent per axis. */
    public Conv1d(int inChannels, int outChannels, int[] kernelSize, ConvOptions options) {
        super(1, inChannels, outChannels, kernelSize, options);
    }
}
