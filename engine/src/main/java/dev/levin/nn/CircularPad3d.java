package dev.levin.nn;

/** Surrounds the last three axes by the other side. */
public final class CircularPad3d extends PadLayer {
    public CircularPad3d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom, front, back}, or one amount for all sides. */
    public CircularPad3d(int[] padding) {
        super(3, padding, PaddingMode.CIRCULAR, 0);
    }
}
