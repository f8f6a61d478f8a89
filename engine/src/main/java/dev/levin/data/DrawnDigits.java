package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Handwriting-like digits drawn in code: needs no download, never runs out, and is a function of the seed.
 *
 * <p>Each digit is a few pen strokes whose points tremble, under a random rotation, shear, scale and shift, drawn with a
 * random pen width and a little noise. Input: F32 [1, 28, 28], 0 (paper) to 1 (ink); target: I64 scalar, 0 to 9.
 */
public final class DrawnDigits {
    public static final int SIZE = 28;

    /** Strokes in a unit square, y down: x, y, x, y, ... */
    private static final double[][][] STROKES = {
        {arc(0.5, 0.5, 0.28, 0.42, -90, 270)},
        {{0.32, 0.28, 0.52, 0.08, 0.52, 0.92}},
        {join(arc(0.5, 0.3, 0.26, 0.22, -170, 40), 0.24, 0.92, 0.78, 0.92)},
        {arc(0.46, 0.29, 0.25, 0.21, -150, 90), arc(0.46, 0.71, 0.28, 0.22, -90, 150)},
        {{0.62, 0.92, 0.62, 0.08, 0.2, 0.64, 0.82, 0.64}},
        {join(new double[] {0.74, 0.08, 0.32, 0.08, 0.28, 0.46}, arc(0.48, 0.66, 0.27, 0.25, -125, 150))},
        {join(new double[] {0.68, 0.08, 0.4, 0.3}, arc(0.49, 0.67, 0.25, 0.24, -160, 200))},
        {{0.22, 0.1, 0.78, 0.1, 0.42, 0.92}},
        {arc(0.5, 0.29, 0.22, 0.2, -90, 270), arc(0.5, 0.71, 0.26, 0.22, -90, 270)},
        {join(arc(0.5, 0.33, 0.24, 0.24, 20, 380), 0.68, 0.92)},
    };

    private DrawnDigits() {
    }

    private static double[] arc(double x, double y, double rx, double ry, double fromDegrees, double toDegrees) {
        int n = 14;
        double[] p = new double[2 * (n + 1)];
        for (int i = 0; i <= n; i++) {
            double a = Math.toRadians(fromDegrees + (toDegrees - fromDegrees) * i / n);
            p[2 * i] = x + rx * Math.cos(a);
            p[2 * i + 1] = y + ry * Math.sin(a);
        }
        return p;
    }

    private static double[] join(double[] first, double... rest) {
        double[] p = java.util.Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, p, first.length, rest.length);
        return p;
    }

    /** {@code count} digits; two seeds give different ones, as do two streams of one seed (training, test). */
    public static TensorDataset dataset(int count, long seed) {
        float[] pixels = new float[count * SIZE * SIZE];
        long[] labels = new long[count];
        IntStream.range(0, count).parallel().forEach(i -> {
            SplittableRandom r = Samplers.random(seed, i);
            labels[i] = i % 10;
            draw(i % 10, r, pixels, i * SIZE * SIZE);
        });
        return new TensorDataset(Tensor.of(HostArray.wrap(DType.F32, pixels), Shape.of(count, 1, SIZE, SIZE)),
                Tensor.of(HostArray.wrap(DType.I64, labels), Shape.of(count)));
    }

    private static void draw(int digit, SplittableRandom r, float[] out, int at) {
        double angle = Math.toRadians(between(r, -14, 14));
        double shear = between(r, -0.18, 0.18);
        double sx = between(r, 0.62, 0.86) * SIZE;
        double sy = between(r, 0.68, 0.86) * SIZE;
        double cx = SIZE / 2.0 + between(r, -2, 2);
        double cy = SIZE / 2.0 + between(r, -2, 2);
        double pen = between(r, 0.75, 1.6);
        double noise = between(r, 0, 0.06);
        double[][] strokes = new double[STROKES[digit].length][];
        for (int s = 0; s < strokes.length; s++) {
            double[] source = STROKES[digit][s];
            double[] p = new double[source.length];
            double wobbleX = between(r, -0.04, 0.04);
            double wobbleY = between(r, -0.04, 0.04);
            for (int i = 0; i < p.length; i += 2) {
                double x = source[i] - 0.5 + wobbleX + between(r, -0.012, 0.012);
                double y = source[i + 1] - 0.5 + wobbleY + between(r, -0.012, 0.012);
                x = (x + shear * y) * sx;
                y *= sy;
                p[i] = cx + x * Math.cos(angle) - y * Math.sin(angle);
                p[i + 1] = cy + x * Math.sin(angle) + y * Math.cos(angle);
            }
            strokes[s] = p;
        }
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                double d = distance(strokes, x + 0.5, y + 0.5);
                double ink = Math.clamp(pen + 0.5 - d, 0, 1);
                out[at + y * SIZE + x] = (float) Math.clamp(ink + noise * (r.nextDouble() - 0.5), 0, 1);
            }
        }
    }

    private static double between(SplittableRandom r, double low, double high) {
        return low + (high - low) * r.nextDouble();
    }

    /** Distance of a point to the nearest stroke. */
    private static double distance(double[][] strokes, double x, double y) {
        double best = Double.POSITIVE_INFINITY;
        for (double[] p : strokes) {
            for (int i = 0; i + 3 < p.length; i += 2) {
                double dx = p[i + 2] - p[i];
                double dy = p[i + 3] - p[i + 1];
                double length = dx * dx + dy * dy;
                double t = length == 0 ? 0 : Math.clamp(((x - p[i]) * dx + (y - p[i + 1]) * dy) / length, 0, 1);
                double ex = x - p[i] - t * dx;
                double ey = y - p[i + 1] - t * dy;
                best = Math.min(best, ex * ex + ey * ey);
            }
        }
        return Math.sqrt(best);
    }
}
