package dev.levin.nn;

/** Surrounds the last two axes by the border, repeated. */
public final class ReplicationPad2d extends PadLayer {
    public ReplicationPad2d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom}, or one amount for all sides. */
    public ReplicationPad2d(int[] padding) {
        super(2, padding, PaddingMode.REPLICATE, 0);
    }
}
