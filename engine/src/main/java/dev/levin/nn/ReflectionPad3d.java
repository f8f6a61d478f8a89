package dev.levin.nn;

/** Surrounds the last three axes by the inside, mirrored at the border. */
public final class ReflectionPad3d extends PadLayer {
    public ReflectionPad3d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right, top, bottom, front, back}, or one amount for all sides. */
    public ReflectionPad3d(int[] padding) {
        super(3, padding, PaddingMode.REFLECT, 0);
    }
}
