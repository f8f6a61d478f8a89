package dev.levin.device.cpu.dnnl;

/** A compiled convolution that may read its weights from a copy in an order of its own. */
public interface Convolution {
    /**
     * Computes the result over raw addresses. Returns when it is complete.
     *
     * @param src source; for a gradient to the source, that of the destination
     * @param weights plain weights
     * @param bias one element a filter; ignored if there is none
     */
    void run(long src, long weights, long bias, long dst);

    /** Bytes of a copy of the weights that several runs can share; 0 if weights are read where they are. */
    long copyBytes();

    /** Copies plain weights to where {@link #runCopied} reads them. */
    void copy(long weights, long to);

    /** Like {@link #run} with the copy of the weights that {@link #copy} made. */
    void runCopied(long src, long copy, long bias, long dst);
}
