package dev.levin.nn;

/** Surrounds the last two axes by the other side. */
public final class CircularPad2d extends PadLayer {
    public CircularPad2d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom}, or one amount for all sides. */
    public CircularPad2d(int[] padding) {
        super(2, padding, PaddingMode.CIRCULAR, 0);
    }
}
