package dev.levin.nn;

/** Surrounds the last axis by the other side. */
public final class CircularPad1d extends PadLayer {
    public CircularPad1d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right}, or one amount for all sides. */
    public CircularPad1d(int[] padding) {
        super(1, padding, PaddingMode.CIRCULAR, 0);
    }
}
