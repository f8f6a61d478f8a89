package dev.levin.data.vision;

/**
 * Rotation and other affine maps: for every output pixel, looks up where it comes from. Arithmetic of Pillow's {@code Image.rotate}
 * and {@code Image.transform}.
 */
final class Rotation {
    private static final double FIXED = 65536;

    private Rotation() {
    }

    /** @param degrees counter-clockwise; the size stays, corners are filled */
    static Image rotate(Image in, double degrees, Interpolation how, int fill) {
        check(how);
        double angle = degrees - 360 * Math.floor(degrees / 360);
        int h = in.height();
        int w = in.width();
        if (angle == 0) {
            return in;
        }
        if (angle == 180 || h == w && angle % 90 == 0) {
            return quarters(in, (int) angle / 90);
        }
        double turn = -Math.toRadians(angle);
        double a = round(Math.cos(turn));
        double b = round(Math.sin(turn));
        double d = round(-Math.sin(turn));
        double e = round(Math.cos(turn));
        double cx = w / 2.0;
        double cy = h / 2.0;
        double c = a * -cx + b * -cy + cx;
        double f = d * -cx + e * -cy + cy;
        return map(in, how, fill, a, b, c, d, e, f);
    }

    static void check(Interpolation how) {
        if (how == Interpolation.BICUBIC) {
            throw new IllegalArgumentException("rotation interpolates NEAREST or BILINEAR");
        }
    }

    /**
     * Turns, shears and scales about the centre, then moves.
     *
     * @param degrees clockwise, as torchvision's {@code affine}
     * @param right pixels to the right
     */
    static Image affine(Image in, double degrees, double right, double down, double scale, double shearX, double shearY, Interpolation how, int fill) {
        check(how);
        double r = Math.toRadians(degrees);
        double sx = Math.toRadians(shearX);
        double sy = Math.toRadians(shearY);
        double a = Math.cos(r - sy) / Math.cos(sy);
        double b = -Math.cos(r - sy) * Math.tan(sx) / Math.cos(sy) - Math.sin(r);
        double c = Math.sin(r - sy) / Math.cos(sy);
        double d = -Math.sin(r - sy) * Math.tan(sx) / Math.cos(sy) + Math.cos(r);
        double cx = in.width() * 0.5;
        double cy = in.height() * 0.5;
        double x = d / scale * (-cx - right) - b / scale * (-cy - down) + cx;
        double y = -c / scale * (-cx - right) + a / scale * (-cy - down) + cy;
        return map(in, how, fill, d / scale, -b / scale, x, -c / scale, a / scale, y);
    }

    /** Output (x, y) comes from (a x + b y + c, d x + e y + f). */
    private static Image map(Image in, Interpolation how, int fill, double a, double b, double c, double d, double e, double f) {
        Image out = Image.blank(in.height(), in.width(), in.channels());
        java.util.Arrays.fill(out.pixels(), (byte) fill);
        if (how == Interpolation.NEAREST) {
            nearest(in, out, a, b, c, d, e, f);
        } else {
            bilinear(in, out, a, b, c, d, e, f);
        }
        return out;
    }

    private static double round(double v) {
        return Math.rint(v * 1e15) / 1e15;
    }

    private static Image quarters(Image in, int turns) {
        int n = in.height();
        int w = in.width();
        Image out = Image.blank(n, w, in.channels());
        int c = in.channels();
        for (int y = 0; y < n; y++) {
            for (int x = 0; x < w; x++) {
                int sy = turns == 1 ? x : turns == 2 ? n - 1 - y : n - 1 - x;
                int sx = turns == 1 ? w - 1 - y : turns == 2 ? w - 1 - x : y;
                System.arraycopy(in.pixels(), (sy * w + sx) * c, out.pixels(), (y * w + x) * c, c);
            }
        }
        return out;
    }

    private static int fixed(double v) {
        return (int) Math.floor(v * FIXED + 0.5);
    }

    /** In 16.16 fixed point. */
    private static void nearest(Image in, Image out, double a, double b, double c, double d, double e, double f) {
        int n = in.channels();
        int x0 = fixed(c + a * 0.5 + b * 0.5);
        int y0 = fixed(f + d * 0.5 + e * 0.5);
        for (int y = 0; y < out.height(); y++) {
            int xx = x0 + y * fixed(b);
            int yy = y0 + y * fixed(e);
            for (int x = 0; x < out.width(); x++) {
                int sx = xx >> 16;
                int sy = yy >> 16;
                if (sx >= 0 && sx < in.width() && sy >= 0 && sy < in.height()) {
                    System.arraycopy(in.pixels(), (sy * in.width() + sx) * n, out.pixels(), (y * out.width() + x) * n, n);
                }
                xx += fixed(a);
                yy += fixed(d);
            }
        }
    }

    private static void bilinear(Image in, Image out, double a, double b, double c, double d, double e, double f) {
        int n = in.channels();
        int w = in.width();
        int h = in.height();
        for (int y = 0; y < out.height(); y++) {
            for (int x = 0; x < out.width(); x++) {
                double sx = a * (x + 0.5) + b * (y + 0.5) + c;
                double sy = d * (x + 0.5) + e * (y + 0.5) + f;
                if (sx < 0 || sx >= w || sy < 0 || sy >= h) {
                    continue;
                }
                int x0 = (int) Math.floor(sx - 0.5);
                int y0 = (int) Math.floor(sy - 0.5);
                double dx = sx - 0.5 - x0;
                double dy = sy - 0.5 - y0;
                int left = Math.clamp(x0, 0, w - 1);
                int right = Math.clamp(x0 + 1, 0, w - 1);
                int top = Math.clamp(y0, 0, h - 1);
                int bottom = Math.clamp(y0 + 1, 0, h - 1);
                for (int k = 0; k < n; k++) {
                    double upper = mix(in.get(top, left, k), in.get(top, right, k), dx);
                    double lower = mix(in.get(bottom, left, k), in.get(bottom, right, k), dx);
                    out.pixels()[(y * w + x) * n + k] = (byte) (int) mix(upper, lower, dy);
                }
            }
        }
    }

    private static double mix(double from, double to, double share) {
        return from + (to - from) * share;
    }
}
