package dev.levin.reference;

import org.apache.commons.numbers.gamma.InverseErf;
import org.apache.commons.numbers.gamma.LogGamma;

/** The gamma function's family and the inverse error function on the whole real line, poles and infinities as PyTorch's. */
final class Gamma {
    /** Bernoulli numbers B2, B4, ... of the asymptotic series. */
    private static final double[] BERNOULLI = {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6,
            -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};
    /** From here on ten terms of the series are exact to double. */
    private static final double ASYMPTOTIC = 12;

    private Gamma() {
    }

    static double inverseErf(double x) {
        return Math.abs(x) <= 1 ? InverseErf.value(x) : Double.NaN;
    }

    /** log|gamma(x)|; infinite at the poles 0, -1, -2, ... and at both infinities. */
    static double logGamma(double x) {
        if (x != x) {
            return x;
        }
        if (Double.isInfinite(x) || x <= 0 && x == Math.floor(x)) {
            return Double.POSITIVE_INFINITY;
        }
        return LogGamma.value(x);
    }

    /** n-th derivative of digamma. */
    static double polygamma(int n, double x) {
        if (n == 0) {
            return digamma(x);
        }
        double factorial = 1;
        for (int i = 2; i <= n; i++) {
            factorial *= i;
        }
        return (n % 2 == 0 ? -factorial : factorial) * zeta(n + 1, x);
    }

    private static double digamma(double x) {
        if (x == 0) {
            return Math.copySign(Double.POSITIVE_INFINITY, -x);
        }
        if (x < 0) {
            return x == Math.floor(x) ? Double.NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.rint(x)));
        }
        double shift = 0;
        for (; x < ASYMPTOTIC; x++) {
            shift -= 1 / x;
        }
        if (x == Double.POSITIVE_INFINITY) {
            return x;
        }
        double series = 0;
        double power = 1 / (x * x);
        for (int k = 1; k <= BERNOULLI.length; k++, power /= x * x) {
            series += BERNOULLI[k - 1] / (2 * k) * power;
        }
        return shift + Math.log(x) - 0.5 / x - series;
    }

    /**
     * Hurwitz zeta: the sum of (x + k)^-q over k >= 0, for q >= 2.
     *
     * <p>The negative part of a sum that starts left of zero is itself a difference of two sums right of it.
     */
    private static double zeta(int q, double x) {
        if (x != x || x == Double.NEGATIVE_INFINITY) {
            return Double.NaN;
        }
        if (x <= 0) {
            if (x == Math.floor(x)) {
                return Double.POSITIVE_INFINITY;
            }
            double fraction = x - Math.floor(x);
            double left = positiveZeta(q, 1 - fraction) - positiveZeta(q, 1 - x);
            return positiveZeta(q, fraction) + (q % 2 == 0 ? left : -left);
        }
        return x == Double.POSITIVE_INFINITY ? 0 : positiveZeta(q, x);
    }

    /** Direct terms up to a point from which Euler and Maclaurin's series is exact to double. */
    private static double positiveZeta(int q, double x) {
        double sum = 0;
        for (double enough = ASYMPTOTIC + q; x < enough; x++) {
            sum += Math.pow(x, -q);
        }
        double power = Math.pow(x, -q);
        sum += x * power / (q - 1) + power / 2;
        double rising = q;
        double factorial = 2;
        power /= x;
        for (int k = 1; k <= BERNOULLI.length; k++) {
            sum += BERNOULLI[k - 1] * rising / factorial * power;
            rising *= (q + 2 * k - 1.0) * (q + 2 * k);
            factorial *= (2 * k + 1.0) * (2 * k + 2);
            power /= x * x;
        }
        return sum;
    }
}
