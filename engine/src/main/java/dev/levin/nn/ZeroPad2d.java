package dev.levin.nn;

/** Surrounds the last two axes by zeros. */
public final class ZeroPad2d extends PadLayer {
    public ZeroPad2d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom}, or one amount for all sides. */
    public ZeroPad2d(int[] padding) {
        super(2, padding, PaddingMode.ZEROS, 0);
    }
}
