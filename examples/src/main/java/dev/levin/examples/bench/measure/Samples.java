package dev.levin.examples.bench.measure;

import java.util.SplittableRandom;

/** The synthetic data that every implementation generates bit for bit: see docs/benchmarks.md. */
public final class Samples {
    private static final int TEXT_LENGTH = 1_115_394;
    private static final int SYMBOLS = 65;
    private static final int PATTERN = 1009;
    private static final int NOISE = 1 << 20;

    private Samples() {
    }

    /** u_s(0 .. n-1): uniform on [0, 1) with 24 bits. */
    public static float[] uniform(long seed, int n) {
        SplittableRandom r = new SplittableRandom(seed);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) {
            u[i] = (r.nextLong() >>> 40) * 0x1p-24f;
        }
        return u;
    }

    /** Images of {@code pixels} values with one label each. */
    public static final class Images {
        private final int pixels;
        private final int classes;
        private final float[] base;
        private final float[] noise = uniform(1, NOISE);
        private final float[] flip;
        private final float[] other;

        /** Ready to make the first {@code samples} images. */
        public Images(int samples, int pixels, int classes) {
            this.pixels = pixels;
            this.classes = classes;
            base = uniform(2, classes * pixels);
            flip = uniform(7, samples);
            other = uniform(8, samples);
        }

        /** Images {@code from} to {@code from + n}: [n, pixels], row-major. */
        public float[] pixels(int from, int n) {
            float[] x = new float[n * pixels];
            for (int i = 0; i < n; i++) {
                long image = from + i;
                add(base, (int) (image % classes) * pixels, noise, (int) (7919 * image % (NOISE - pixels)), x, i * pixels, pixels);
            }
            return x;
        }

        private static void add(float[] a, int at, float[] b, int bt, float[] out, int to, int n) {
            for (int j = 0; j < n; j++) {
                out[to + j] = a[at + j] + b[bt + j] - 1;
            }
        }

        /** The labels of images {@code from} to {@code from + n}. */
        public long[] labels(int from, int n) {
            long[] y = new long[n];
            for (int i = 0; i < n; i++) {
                int image = from + i;
                y[i] = flip[image] < 0.125f ? (long) (classes * other[image]) : image % classes;
            }
            return y;
        }
    }

    /** How many rows of {@code block} symbols the text has. */
    public static int rows(int block) {
        return (TEXT_LENGTH - 1) / block;
    }

    /** The first {@code length} symbols of the text. */
    public static long[] text(int length) {
        float[] pattern = uniform(5, PATTERN);
        float[] flip = uniform(3, length);
        float[] other = uniform(4, length);
        long[] t = new long[length];
        for (int i = 0; i < length; i++) {
            t[i] = (long) (SYMBOLS * (flip[i] >= 0.125f ? pattern[i % PATTERN] : other[i]));
        }
        return t;
    }
}
