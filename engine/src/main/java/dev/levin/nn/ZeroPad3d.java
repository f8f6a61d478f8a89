package dev.levin.nn;

/** Surrounds the last three axes by zeros. */
public final class ZeroPad3d extends PadLayer {
    public ZeroPad3d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom, front, back}, or one amount for all sides. */
    public ZeroPad3d(int[] padding) {
        super(3, padding, PaddingMode.ZEROS, 0);
    }
}
