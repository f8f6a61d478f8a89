package dev.levin.nn;

/** Surrounds the last axis by the border, repeated. */
public final class ReplicationPad1d extends PadLayer {
    public ReplicationPad1d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right}, or one amount for all sides. */
    public ReplicationPad1d(int[] padding) {
        super(1, padding, PaddingMode.REPLICATE, 0);
    }
}
