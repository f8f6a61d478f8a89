package dev.levin.trainer;

import java.util.Locale;

/** How the values logged in an epoch become one. */
public enum Reduce {
    /** Weighted by batch size. */
    MEAN, SUM, MIN, MAX;

    /**
     * Parses {@code mean}, {@code avg}, {@code sum}, {@code min}, {@code max} in any case.
     *
     * @throws MisconfigurationException listing these
     */
    public static Reduce parse(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "mean", "avg" -> MEAN;
            case "sum" -> SUM;
            case "min" -> MIN;
            case "max" -> MAX;
            default -> throw new MisconfigurationException("can't reduce logged values by '" + name
                    + "'; use one of [mean, avg, sum, min, max], or a Metric object for anything else");
        };
    }

    double identity() {
        return switch (this) {
            case MEAN, SUM -> 0;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
        };
    }

    double combine(double a, double b) {
        return switch (this) {
            case MEAN, SUM -> a + b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
        };
    }
}
