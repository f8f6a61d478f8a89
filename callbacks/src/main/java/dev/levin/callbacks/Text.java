package dev.levin.callbacks;

import java.util.Locale;

/** Numbers as people read them. */
final class Text {
    private static final String[] UNITS = {"", " K", " M", " G", " T", " P"};

    private Text() {
    }

    /** {@code 1.2 M}; below a thousand as it is. */
    static String count(double n) {
        int unit = 0;
        double v = n;
        while (v >= 1000 && unit < UNITS.length - 1) {
            v /= 1000;
            unit++;
        }
        if (unit == 0) {
            return Long.toString(Math.round(v));
        }
        return String.format(Locale.ROOT, v < 100 ? "%.1f%s" : "%.0f%s", v, UNITS[unit]);
    }

    /** {@code 0:07}, {@code 12:30}, {@code 1:02:03}, {@code 2d 01:02:03}. */
    static String time(double seconds) {
        if (!(seconds >= 0) || seconds > 1e9) {
            return "?";
        }
        long s = Math.round(seconds);
        long days = s / 86_400;
        if (days > 0) {
            return String.format(Locale.ROOT, "%dd %02d:%02d:%02d", days, s / 3600 % 24, s / 60 % 60, s % 60);
        }
        return s >= 3600 ? String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60)
                : String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60);
    }

    /** A metric with four significant digits: {@code 0.0312}, {@code 12.35}, {@code 1.2e-07}, {@code nan}. */
    static String metric(double v) {
        if (Double.isNaN(v)) {
            return "nan";
        }
        if (Double.isInfinite(v)) {
            return v > 0 ? "inf" : "-inf";
        }
        double a = Math.abs(v);
        if (v == Math.rint(v) && a < 100_000) {
            return String.format(Locale.ROOT, "%.1f", v);
        }
        if (a < 1e-3 || a >= 100_000) {
            return String.format(Locale.ROOT, "%.2e", v);
        }
        int digits = Math.max(0, 3 - (int) Math.floor(Math.log10(a)));
        return String.format(Locale.ROOT, "%." + Math.min(4, digits) + "f", v);
    }

    /** Batches per second: {@code 53.1 it/s}, or {@code 2.4 s/it} for slow ones; {@code ? it/s} when not known. */
    static String rate(double perSecond) {
        if (!(perSecond > 0) || Double.isInfinite(perSecond)) {
            return "? it/s";
        }
        return perSecond >= 1 ? String.format(Locale.ROOT, perSecond >= 100 ? "%.0f it/s" : "%.1f it/s", perSecond)
                : String.format(Locale.ROOT, "%.1f s/it", 1 / perSecond);
    }
}
