package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.SplittableRandom;

/** The synthetic data that every implementation generates bit for bit: see docs/benchmarks.md. */
final class BenchData {
    private static final int TEXT_LENGTH = 1_115_394;
    private static final int SYMBOLS = 65;
    private static final int PATTERN = 1009;

    private BenchData() {
    }

    /** u_s(0 .. n-1): uniform on [0, 1) with 24 bits. */
    private static float[] uniform(long seed, int n) {
        SplittableRandom r = new SplittableRandom(seed);
        float[] u = new float[n];
        for (int i = 0; i < n; i++) {
            u[i] = (r.nextLong() >>> 40) * 0x1p-24f;
        }
        return u;
    }

    /** The first {@code batches} batches of images(samples, pixels, classes). */
    static Batch[] images(int samples, int pixels, int classes, int batch, int batches, int... imageShape) {
        int wanted = Math.min(samples / batch, batches) * batch;
        float[] base = uniform(2, classes * pixels);
        int noise = 1 << 20;
        float[] jitter = uniform(1, noise);
        float[] flip = uniform(7, samples);
        float[] other = uniform(8, samples);
        float[] x = new float[wanted * pixels];
        long[] y = new long[wanted];
        for (int i = 0; i < wanted; i++) {
            int c = i % classes;
            int o = (int) ((7919L * i) % (noise - pixels));
            for (int j = 0; j < pixels; j++) {
                x[i * pixels + j] = base[c * pixels + j] + jitter[o + j] - 1;
            }
            y[i] = flip[i] < 0.125f ? (long) (classes * other[i]) : c;
        }
        return cut(x, y, batch, imageShape.length == 0 ? new int[] {pixels} : imageShape);
    }

    private static Batch[] cut(float[] x, long[] y, int batch, int[] sample) {
        Shape shape = Shape.of(sample).insert(0, batch);
        int row = (int) (shape.numel() / batch);
        Batch[] out = new Batch[y.length / batch];
        for (int b = 0; b < out.length; b++) {
            float[] part = java.util.Arrays.copyOfRange(x, b * batch * row, (b + 1) * batch * row);
            long[] labels = java.util.Arrays.copyOfRange(y, b * batch, (b + 1) * batch);
            out[b] = new Batch(Tensor.of(HostArray.wrap(DType.F32, part), shape), Tensor.of(HostArray.wrap(DType.I64, labels), Shape.of(batch)));
        }
        return out;
    }

    /** Rows of {@code block} symbols and the same shifted by one. */
    static Batch[] text(int block, int batch, int batches) {
        float[] pattern = uniform(5, PATTERN);
        float[] flip = uniform(3, TEXT_LENGTH);
        float[] other = uniform(4, TEXT_LENGTH);
        long[] t = new long[TEXT_LENGTH];
        for (int i = 0; i < TEXT_LENGTH; i++) {
            t[i] = flip[i] >= 0.125f ? (long) (SYMBOLS * pattern[i % PATTERN]) : (long) (SYMBOLS * other[i]);
        }
        int rows = (TEXT_LENGTH - 1) / block;
        Batch[] out = new Batch[Math.min(batches, rows / batch)];
        for (int b = 0; b < out.length; b++) {
            int from = b * batch * block;
            int n = batch * block;
            out[b] = new Batch(Tensor.of(HostArray.wrap(DType.I64, java.util.Arrays.copyOfRange(t, from, from + n)), Shape.of(batch, block)),
                    Tensor.of(HostArray.wrap(DType.I64, java.util.Arrays.copyOfRange(t, from + 1, from + n + 1)), Shape.of(batch, block)));
        }
        return out;
    }
}
