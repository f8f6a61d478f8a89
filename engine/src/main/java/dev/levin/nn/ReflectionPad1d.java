package dev.levin.nn;

/** Surrounds the last axis by the inside, mirrored at the border. */
public final class ReflectionPad1d extends PadLayer {
    public ReflectionPad1d(int padding) {
        this(new int[] {padding});
    }

    /** {left, right}, or one amount for all sides. */
    public ReflectionPad1d(int[] padding) {
        super(1, padding, PaddingMode.REFLECT, 0);
    }
}
