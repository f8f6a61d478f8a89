package dev.levin.device.cpu.dnnl;

/** Which of its three operands a convolution computes from the other two. */
public enum ConvDirection {
    /** Destination from source and weights. */
    FORWARD,
    /** Gradient of the source from that of the destination and the weights; also the transposed convolution. */
    BACKWARD_DATA,
    /** Gradient of the weights from the source and the gradient of the destination. */
    BACKWARD_WEIGHTS
}
