package dev.levin.data.vision;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;

/** Images to F32 [channels, height, width]: 0 to 1, or normalised per channel. */
public final class ToTensor {
    /** 0 to 1. */
    public static final ToTensor UNIT = new ToTensor(new float[] {0}, new float[] {1});
    /** Means and standard deviations of ImageNet. */
    public static final ToTensor IMAGENET = normalized(new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225});

    private final float[] mean;
    private final float[] std;
    private final float[][] tables;

    private ToTensor(float[] mean, float[] std) {
        this.mean = mean;
        this.std = std;
        tables = new float[mean.length][256];
        for (int c = 0; c < mean.length; c++) {
            for (int v = 0; v < 256; v++) {
                tables[c][v] = (v / 255f - mean[c]) / std[c];
            }
        }
    }

    /** (x / 255 - mean) / std for each channel. */
    public static ToTensor normalized(double[] mean, double[] std) {
        if (mean.length != std.length || mean.length == 0) {
            throw new IllegalArgumentException(mean.length + " means and " + std.length + " standard deviations; there must be one of each for every channel");
        }
        float[] m = new float[mean.length];
        float[] s = new float[mean.length];
        for (int i = 0; i < m.length; i++) {
            if (!(std[i] > 0)) {
                throw new IllegalArgumentException("standard deviations must be positive: " + Arrays.toString(std));
            }
            m[i] = (float) mean[i];
            s[i] = (float) std[i];
        }
        return new ToTensor(m, s);
    }

    /** The same for every channel. */
    public static ToTensor normalized(double mean, double std) {
        return normalized(new double[] {mean}, new double[] {std});
    }

    public Tensor apply(Image image) {
        float[] out = new float[image.pixels().length];
        write(image, out, 0);
        return Tensor.of(HostArray.wrap(DType.F32, out), Shape.of(image.channels(), image.height(), image.width()));
    }

    /** Writes channel after channel. */
    public void write(Image image, float[] out, int at) {
        int c = image.channels();
        byte[] pixels = image.pixels();
        int n = image.height() * image.width();
        for (int k = 0; k < c; k++) {
            float[] table = table(k, c);
            int to = at + k * n;
            for (int i = 0, from = k; i < n; i++, from += c) {
                out[to + i] = table[pixels[from] & 0xff];
            }
        }
    }

    /** What a byte of a channel becomes. */
    float[] table(int channel, int channels) {
        if (tables.length != 1 && tables.length != channels) {
            throw new IllegalArgumentException("there are " + tables.length + " means, but the image has " + channels + " channels");
        }
        return tables[tables.length == 1 ? 0 : channel];
    }

    /** Back to bytes: rounds, and cuts what lies outside. Input: F32 [channels, height, width]. */
    public Image toImage(Tensor tensor) {
        if (tensor.dim() != 3) {
            throw new IllegalArgumentException("an image is [channels, height, width], not " + tensor.shape());
        }
        int c = tensor.size(0);
        int n = tensor.size(1) * tensor.size(2);
        float[] values = tensor.toFloats();
        byte[] out = new byte[values.length];
        for (int k = 0; k < c; k++) {
            int p = tables.length == 1 ? 0 : k;
            for (int i = 0; i < n; i++) {
                out[i * c + k] = (byte) Math.clamp(Math.round((values[k * n + i] * std[p] + mean[p]) * 255), 0, 255);
            }
        }
        return new Image(tensor.size(1), tensor.size(2), c, out);
    }
}
