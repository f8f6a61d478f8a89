package dev.levin.data.vision;

/** How values between pixels are found. */
public enum Interpolation {
    /** The nearest pixel. */
    NEAREST(0),
    /** A triangle over the neighbours; when scaling down, wide enough to average what disappears (antialiasing). */
    BILINEAR(1),
    /** Cubic convolution with a = -0.5, widened in the same way. */
    BICUBIC(2);

    private final double support;

    Interpolation(double support) {
        this.support = support;
    }

    double support() {
        return support;
    }

    double weight(double distance) {
        double x = Math.abs(distance);
        if (this == BILINEAR) {
            return x < 1 ? 1 - x : 0;
        }
        double a = -0.5;
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
}
