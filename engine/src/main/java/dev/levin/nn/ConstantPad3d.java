package dev.levin.nn;

/** Surrounds the last three axes by a constant. */
public final class ConstantPad3d extends PadLayer {
    public ConstantPad3d(int padding, double value) {
        this(new int[] {padding}, value);
    }

    /** {left, right, top, bottom, front, back}, or one amount for all sides. */
    public ConstantPad3d(int[] padding, double value) {
        super(3, padding, PaddingMode.ZEROS, value);
    }
}
