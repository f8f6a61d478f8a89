package dev.levin.nn;

/** Surrounds the last axis by zeros. */
public final class ZeroPad1d extends PadLayer {
    public ZeroPad1d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right}, or one amount for all sides. */
    public ZeroPad1d(int[] padding) {
        super(1, padding, PaddingMode.ZEROS, 0);
    }
}
