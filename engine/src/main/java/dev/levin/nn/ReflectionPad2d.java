package dev.levin.nn;

/** Surrounds the last two axes by the inside, mirrored at the border. */
public final class ReflectionPad2d extends PadLayer {
    public ReflectionPad2d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom}, or one amount for all sides. */
    public ReflectionPad2d(int[] padding) {
        super(2, padding, PaddingMode.REFLECT, 0);
    }
}
