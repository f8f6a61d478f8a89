package dev.levin.nn;

/** Surrounds the last two axes by a constant. */
public final class ConstantPad2d extends PadLayer {
    public ConstantPad2d(int padding, double value) {
        this(new int[] {padding}, value);
    }

    /** {left, right, top, bottom}, or one amount for all sides. */
    public ConstantPad2d(int[] padding, double value) {
        super(2, padding, PaddingMode.ZEROS, value);
    }
}
