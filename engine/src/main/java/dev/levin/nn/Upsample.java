package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/** Resizes [N, C, S...] to a size or by a factor. */
public final class Upsample extends BuiltIn {
    private final int[] size;
    private final double[] scaleFactor;
    private final Interpolation mode;
    private final boolean alignCorners;

    private Upsample(int[] size, double[] scaleFactor, Interpolation mode, boolean alignCorners) {
        this.size = size;
        this.scaleFactor = scaleFactor;
        this.mode = mode;
        this.alignCorners = alignCorners;
    }

    public Upsample(double scaleFactor, Interpolation mode) {
        this(null, new double[] {scaleFactor}, mode, false);
    }

    /** One factor for all axes or one per axis. */
    public Upsample(double[] scaleFactor, Interpolation mode, boolean alignCorners) {
        this(null, scaleFactor.clone(), mode, alignCorners);
    }

    /** One extent for all axes or one per axis. */
    public Upsample(int[] size, Interpolation mode, boolean alignCorners) {
        this(size.clone(), null, mode, alignCorners);
    }

    @Override
    Tensor compute(Tensor x) {
        return size != null ? Functional.interpolate(x, size, mode, alignCorners) : Functional.interpolate(x, scaleFactor, mode, alignCorners);
    }

    @Override
    protected String describe() {
        return (size != null ? "size=" + Arrays.toString(size) : "scale_factor=" + (scaleFactor.length == 1
                ? Text.number(scaleFactor[0]) : Arrays.toString(scaleFactor))) + ", mode='" + mode.name().toLowerCase(Locale.ROOT) + "'";
    }
}
