package dev.levin.nn;

/** Surrounds the last three axes by the border, repeated. */
public final class ReplicationPad3d extends PadLayer {
    public ReplicationPad3d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom, front, back}, or one amount for all sides. */
    public ReplicationPad3d(int[] padding) {
        super(3, padding, PaddingMode.REPLICATE, 0);
    }
}
