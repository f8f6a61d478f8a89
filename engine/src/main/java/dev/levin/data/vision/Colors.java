package dev.levin.data.vision;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Changes of brightness, contrast, saturation and hue, with Pillow's arithmetic. A factor of 1 changes nothing. */
final class Colors {
    private Colors() {
    }

    /** Towards another value and beyond: below 0 and above 255 is cut, fractions are dropped. */
    private static byte blend(int from, int to, float factor) {
        float v = from + factor * (to - from);
        return (byte) (v <= 0 ? 0 : v >= 255 ? 255 : (int) v);
    }

    static Image brightness(Image in, double factor) {
        byte[] out = new byte[in.pixels().length];
        for (int i = 0; i < out.length; i++) {
            out[i] = blend(0, in.pixels()[i] & 0xff, (float) factor);
        }
        return new Image(in.height(), in.width(), in.channels(), out);
    }

    /** Away from the mean of the grey image. */
    static Image contrast(Image in, double factor) {
        long sum = 0;
        byte[] grey = in.grey().pixels();
        for (byte b : grey) {
            sum += b & 0xff;
        }
        int mean = (int) (sum / (double) grey.length + 0.5);
        byte[] out = new byte[in.pixels().length];
        for (int i = 0; i < out.length; i++) {
            out[i] = blend(mean, in.pixels()[i] & 0xff, (float) factor);
        }
        return new Image(in.height(), in.width(), in.channels(), out);
    }

    /** Away from grey. */
    static Image saturation(Image in, double factor) {
        if (in.channels() == 1) {
            return in;
        }
        byte[] grey = in.grey().pixels();
        byte[] out = new byte[in.pixels().length];
        for (int i = 0; i < out.length; i++) {
            out[i] = blend(grey[i / 3] & 0xff, in.pixels()[i] & 0xff, (float) factor);
        }
        return new Image(in.height(), in.width(), 3, out);
    }

    /** Turns the colour circle by a share of it, -0.5 to 0.5. */
    static Image hue(Image in, double share) {
        if (in.channels() == 1) {
            return in;
        }
        int shift = (int) (share * 255) & 0xff;
        byte[] out = new byte[in.pixels().length];
        int[] hsv = new int[3];
        for (int i = 0; i < out.length; i += 3) {
            toHsv(in.pixels()[i] & 0xff, in.pixels()[i + 1] & 0xff, in.pixels()[i + 2] & 0xff, hsv);
            fromHsv(hsv[0] + shift & 0xff, hsv[1], hsv[2], out, i);
        }
        return new Image(in.height(), in.width(), 3, out);
    }

    private static void toHsv(int r, int g, int b, int[] hsv) {
        int max = Math.max(r, Math.max(g, b));
        int min = Math.min(r, Math.min(g, b));
        hsv[2] = max;
        if (max == min) {
            hsv[0] = 0;
            hsv[1] = 0;
            return;
        }
        float range = max - min;
        float s = range / max;
        float rc = (max - r) / range;
        float gc = (max - g) / range;
        float bc = (max - b) / range;
        float h = r == max ? bc - gc : g == max ? (float) (2.0 + rc - bc) : (float) (4.0 + gc - rc);
        h = (float) ((h / 6.0 + 1.0) % 1.0);
        hsv[0] = Math.clamp((int) (h * 255.0), 0, 255);
        hsv[1] = Math.clamp((int) (s * 255.0), 0, 255);
    }

    private static void fromHsv(int h, int s, int v, byte[] out, int at) {
        if (s == 0) {
            out[at] = (byte) v;
            out[at + 1] = (byte) v;
            out[at + 2] = (byte) v;
            return;
        }
        float fh = (float) (h * 6.0 / 255.0);
        float fs = (float) (s / 255.0);
        int i = (int) Math.floor(fh);
        float f = fh - i;
        byte p = rounded(v * (1.0 - fs));
        byte q = rounded(v * (1.0 - fs * f));
        byte t = rounded(v * (1.0 - fs * (1.0 - f)));
        byte m = (byte) v;
        switch (i % 6) {
            case 0 -> set(out, at, m, t, p);
            case 1 -> set(out, at, q, m, p);
            case 2 -> set(out, at, p, m, t);
            case 3 -> set(out, at, p, q, m);
            case 4 -> set(out, at, t, p, m);
            default -> set(out, at, m, p, q);
        }
    }

    private static byte rounded(double v) {
        return (byte) Math.clamp(Math.round(v), 0, 255);
    }

    private static void set(byte[] out, int at, byte r, byte g, byte b) {
        out[at] = r;
        out[at + 1] = g;
        out[at + 2] = b;
    }

    // ---- by tables ------------------------------------------------------------------------------------------------------

    /** Each byte through a table of its channel. */
    private static Image through(Image in, int[][] tables) {
        byte[] out = new byte[in.pixels().length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) tables[i % in.channels()][in.pixels()[i] & 0xff];
        }
        return new Image(in.height(), in.width(), in.channels(), out);
    }

    /** The same function of the byte in each channel. */
    static Image pointwise(Image in, IntUnaryOperator function) {
        int[] table = IntStream.range(0, 256).map(function).toArray();
        int[][] tables = new int[in.channels()][];
        Arrays.fill(tables, table);
        return through(in, tables);
    }

    private static int[] histogram(Image in, int channel) {
        int[] h = new int[256];
        for (int i = channel; i < in.pixels().length; i += in.channels()) {
            h[in.pixels()[i] & 0xff]++;
        }
        return h;
    }

    /** Stretches each channel to 0 to 255. */
    static Image autocontrast(Image in) {
        int[][] tables = new int[in.channels()][];
        for (int c = 0; c < tables.length; c++) {
            int[] h = histogram(in, c);
            int low = 0;
            int high = 255;
            while (low < 255 && h[low] == 0) {
                low++;
            }
            while (high > 0 && h[high] == 0) {
                high--;
            }
            int from = low;
            double scale = high <= low ? 1 : 255.0 / (high - low);
            double offset = high <= low ? 0 : -from * scale;
            tables[c] = IntStream.range(0, 256).map(v -> Math.clamp((int) (v * scale + offset), 0, 255)).toArray();
        }
        return through(in, tables);
    }

    /** Spreads the bytes of each channel evenly. */
    static Image equalize(Image in) {
        int[][] tables = new int[in.channels()][];
        for (int c = 0; c < tables.length; c++) {
            int[] h = histogram(in, c);
            int[] used = Arrays.stream(h).filter(n -> n > 0).toArray();
            int step = used.length <= 1 ? 0 : (Arrays.stream(used).sum() - used[used.length - 1]) / 255;
            int[] table = new int[256];
            int n = step / 2;
            for (int v = 0; v < 256; v++) {
                table[v] = step == 0 ? v : Math.min(255, n / step);
                n += h[v];
            }
            tables[c] = table;
        }
        return through(in, tables);
    }
}
