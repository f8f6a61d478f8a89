package dev.levin.trainer.tuner;

import java.util.List;
import java.util.OptionalDouble;

/**
 * How the loss went as the learning rate rose.
 *
 * @param rates the rate of each step
 * @param losses the smoothed loss of each step
 */
public record LrFindResult(List<Double> rates, List<Double> losses) {
    public LrFindResult {
        rates = List.copyOf(rates);
        losses = List.copyOf(losses);
    }

    /** The rate at which the loss falls fastest, leaving out the first ten points and the last. */
    public OptionalDouble suggestion() {
        return suggestion(10, 1);
    }

    /** Empty when too few finite points are left. */
    public OptionalDouble suggestion(int skipBegin, int skipEnd) {
        int from = skipBegin;
        int to = losses.size() - skipEnd;
        double[] y = new double[Math.max(0, to - from)];
        double[] x = new double[y.length];
        int n = 0;
        for (int i = from; i < to; i++) {
            if (Double.isFinite(losses.get(i))) {
                y[n] = losses.get(i);
                x[n++] = rates.get(i);
            }
        }
        if (n < 2) {
            return OptionalDouble.empty();
        }
        int best = 0;
        double steepest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            // Central differences inside, one-sided at the ends.
            double slope = i == 0 ? y[1] - y[0] : i == n - 1 ? y[i] - y[i - 1] : (y[i + 1] - y[i - 1]) / 2;
            if (slope < steepest) {
                steepest = slope;
                best = i;
            }
        }
        return OptionalDouble.of(x[best]);
    }
}
