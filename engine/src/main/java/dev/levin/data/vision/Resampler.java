package dev.levin.data.vision;

/**
 * Separable resampling in fixed point with 22 fractional bits, rows first, rounded to bytes between the two passes: the
 * arithmetic of Pillow's {@code Image.resize}.
 */
final class Resampler {
    private static final int BITS = 32 - 8 - 2;

    private Resampler() {
    }

    static Image resize(Image in, int height, int width, Interpolation how) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("an image can't be resized to " + height + " x " + width);
        }
        if (in.height() == 0 || in.width() == 0) {
            throw new IllegalArgumentException("an empty image can't be resized");
        }
        if (height == in.height() && width == in.width()) {
            return in;
        }
        if (how == Interpolation.NEAREST) {
            return nearest(in, height, width);
        }
        Image rows = width == in.width() ? in : horizontal(in, width, Weights.of(in.width(), width, how));
        return height == in.height() ? rows : vertical(rows, height, Weights.of(in.height(), height, how));
    }

    private static Image nearest(Image in, int height, int width) {
        Image out = Image.blank(height, width, in.channels());
        int c = in.channels();
        double dy = (double) in.height() / height;
        double dx = (double) in.width() / width;
        for (int y = 0; y < height; y++) {
            int sy = Math.min(in.height() - 1, (int) ((y + 0.5) * dy));
            for (int x = 0; x < width; x++) {
                int sx = Math.min(in.width() - 1, (int) ((x + 0.5) * dx));
                System.arraycopy(in.pixels(), (sy * in.width() + sx) * c, out.pixels(), (y * width + x) * c, c);
            }
        }
        return out;
    }

    /** For each output place: the first input, how many, and their weights. */
    private record Weights(int[] first, int[] count, int[] weights, int stride) {
        static Weights of(int in, int out, Interpolation how) {
            double scale = (double) in / out;
            double spread = Math.max(1, scale);
            double support = how.support() * spread;
            int stride = (int) Math.ceil(support) * 2 + 1;
            int[] first = new int[out];
            int[] count = new int[out];
            int[] fixed = new int[out * stride];
            double[] w = new double[stride];
            for (int i = 0; i < out; i++) {
                double center = (i + 0.5) * scale;
                int from = Math.max(0, (int) (center - support + 0.5));
                int to = Math.min(in, (int) (center + support + 0.5));
                double sum = 0;
                for (int k = 0; k < to - from; k++) {
                    w[k] = how.weight((k + from - center + 0.5) / spread);
                    sum += w[k];
                }
                for (int k = 0; k < to - from; k++) {
                    double v = (sum != 0 ? w[k] / sum : w[k]) * (1 << BITS);
                    fixed[i * stride + k] = (int) (v < 0 ? v - 0.5 : v + 0.5);
                }
                first[i] = from;
                count[i] = to - from;
            }
            return new Weights(first, count, fixed, stride);
        }
    }

    private static byte clip(int sum) {
        return (byte) Math.clamp(sum >> BITS, 0, 255);
    }

    private static Image horizontal(Image in, int width, Weights w) {
        Image out = Image.blank(in.height(), width, in.channels());
        int c = in.channels();
        byte[] from = in.pixels();
        byte[] to = out.pixels();
        for (int y = 0; y < in.height(); y++) {
            for (int x = 0; x < width; x++) {
                for (int k = 0; k < c; k++) {
                    int sum = 1 << BITS - 1;
                    int at = (y * in.width() + w.first[x]) * c + k;
                    for (int j = 0; j < w.count[x]; j++, at += c) {
                        sum += (from[at] & 0xff) * w.weights[x * w.stride + j];
                    }
                    to[(y * width + x) * c + k] = clip(sum);
                }
            }
        }
        return out;
    }

    private static Image vertical(Image in, int height, Weights w) {
        Image out = Image.blank(height, in.width(), in.channels());
        int row = in.width() * in.channels();
        byte[] from = in.pixels();
        byte[] to = out.pixels();
        int[] sums = new int[row];
        for (int y = 0; y < height; y++) {
            java.util.Arrays.fill(sums, 1 << BITS - 1);
            for (int j = 0; j < w.count[y]; j++) {
                int weight = w.weights[y * w.stride + j];
                int at = (w.first[y] + j) * row;
                for (int i = 0; i < row; i++) {
                    sums[i] += (from[at + i] & 0xff) * weight;
                }
            }
            for (int i = 0; i < row; i++) {
                to[y * row + i] = clip(sums[i]);
            }
        }
        return out;
    }
}
