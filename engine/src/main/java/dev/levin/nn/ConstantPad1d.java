package dev.levin.nn;

/** Surrounds the last axis by a constant. */
public final class ConstantPad1d extends PadLayer {
    public ConstantPad1d(int padding, double value) {
        this(new int[] {padding}, value);
    }

    /** {left, right}, or one amount for all sides. */
    public ConstantPad1d(int[] padding, double value) {
        super(1, padding, PaddingMode.ZEROS, value);
    }
}
