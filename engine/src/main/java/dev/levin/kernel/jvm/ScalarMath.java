package dev.levin.kernel.jvm;

/**
 * Scalar functions that generated code calls: those without an instruction sequence in {@link F32Math}, and all
 * transcendental functions of F64. The float versions go through double and round once.
 */
final class ScalarMath {
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
    private static final double HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

    private ScalarMath() {
    }

    static double exp(double x) {
        return Math.exp(x);
    }

    static double log(double x) {
        return Math.log(x);
    }

    static double log1p(double x) {
        return Math.log1p(x);
    }

    static double expm1(double x) {
        return Math.expm1(x);
    }

    static double sin(double x) {
        return Math.sin(x);
    }

    static float sin(float x) {
        return (float) Math.sin(x);
    }

    static double cos(double x) {
        return Math.cos(x);
    }

    static float cos(float x) {
        return (float) Math.cos(x);
    }

    static double tan(double x) {
        return Math.tan(x);
    }

    static float tan(float x) {
        return (float) Math.tan(x);
    }

    static double asin(double x) {
        return Math.asin(x);
    }

    static float asin(float x) {
        return (float) Math.asin(x);
    }

    static double acos(double x) {
        return Math.acos(x);
    }

    static float acos(float x) {
        return (float) Math.acos(x);
    }

    static double atan(double x) {
        return Math.atan(x);
    }

    static float atan(float x) {
        return (float) Math.atan(x);
    }

    static double sinh(double x) {
        return Math.sinh(x);
    }

    static float sinh(float x) {
        return (float) Math.sinh(x);
    }

    static double cosh(double x) {
        return Math.cosh(x);
    }

    static float cosh(float x) {
        return (float) Math.cosh(x);
    }

    static double tanh(double x) {
        return Math.tanh(x);
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static double floor(double x) {
        return Math.floor(x);
    }

    static double ceil(double x) {
        return Math.ceil(x);
    }

    static double round(double x) {
        return Math.rint(x);
    }

    static double trunc(double x) {
        return x < 0 ? Math.ceil(x) : Math.floor(x);
    }

    static double fmod(double x, double y) {
        return x % y;
    }

    static float fmod(float x, float y) {
        return x % y;
    }

    static double atan2(double y, double x) {
        return Math.atan2(y, x);
    }

    static float atan2(float y, float x) {
        return (float) Math.atan2(y, x);
    }

    /** As C's pow: one to any power, and minus one to an infinite power, are one. */
    static double pow(double x, double y) {
        return x == 1 || x == -1 && Double.isInfinite(y) ? 1 : Math.pow(x, y);
    }

    static float pow(float x, float y) {
        return (float) pow((double) x, (double) y);
    }

    /** Wraps around; a negative exponent gives 0 but for bases one and minus one. */
    static long pow(long base, long exponent) {
        if (exponent < 0) {
            return base == 1 ? 1 : base == -1 ? ((exponent & 1) == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        for (long b = base, e = exponent; e != 0; e >>= 1, b *= b) {
            if ((e & 1) != 0) {
                result *= b;
            }
        }
        return result;
    }

    static int pow(int base, int exponent) {
        return (int) pow((long) base, (long) exponent);
    }

    /** Series with positive terms below 2.5, continued fraction of erfc above; a few units in the last place. */
    static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x) || a < 1e-160) {
            return TWO_OVER_SQRT_PI * x;
        }
        if (a >= 6) {
            return Math.copySign(1, x);
        }
        if (a < 2.5) {
            double term = x;
            double sum = x;
            for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
        }
        return Math.copySign(1 - erfcTail(a), x);
    }

    private static double erfcTail(double a) {
        double f = a;
        for (int n = 80; n > 0; n--) {
            f = a + 0.5 * n / f;
        }
        return Math.exp(-a * a) / (f * Math.sqrt(Math.PI));
    }

    /** Newton steps on a rough start, on erf in the middle and on log(erfc) in the tails. */
    static double erfinv(double y) {
        double a = Math.abs(y);
        if (!(a < 1)) {
            return a == 1 ? Math.copySign(Double.POSITIVE_INFINITY, y) : Double.NaN;
        }
        double w = Math.log1p(-a * a);
        double t = 2 / (Math.PI * 0.147) + w / 2;
        double x = Math.sqrt(Math.max(0, Math.sqrt(t * t - w / 0.147) - t));
        for (int i = 0; i < 4; i++) {
            if (x < 2.5) {
                x -= (erf(x) - a) / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
            } else {
                double c = erfcTail(x);
                x += (Math.log(c) - Math.log(1 - a)) * c / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
            }
        }
        return Math.copySign(x, y);
    }

    static float erfinv(float y) {
        return (float) erfinv((double) y);
    }

    static double lgamma(double x) {
        if (Double.isNaN(x) || Double.isInfinite(x)) {
            return Math.abs(x);
        }
        if (x <= 0 && x == Math.rint(x)) {
            return Double.POSITIVE_INFINITY;
        }
        if (x < 0.5) {
            double s = Math.abs(Math.sin(Math.PI * (x - 2 * Math.rint(x / 2))));
            return Math.log(Math.PI / s) - lgamma(1 - x);
        }
        if (x == 1 || x == 2) {
            return 0;
        }
        if (x < 2.5) {
            return lgammaNearOne(x);
        }
        double product = 1;
        double z = x;
        while (z < 15) {
            product *= z++;
        }
        double r = 1 / (z * z);
        double series = (1 / 12.0 - r * (1 / 360.0 - r * (1 / 1260.0 - r * (1 / 1680.0 - r * (1 / 1188.0
                - r * (691 / 360360.0 - r / 156.0)))))) / z;
        return (z - 0.5) * Math.log(z) - z + HALF_LOG_2PI + series - Math.log(product);
    }

    /** Around the zeros at 1 and 2, by the zeta series of lgamma(1 + e) sped up by subtracting log1p(e). */
    private static double lgammaNearOne(double x) {
        double e = x < 1.5 ? x - 1 : x - 2;
        double power = e * e;
        double sum = 0;
        for (int n = 2; n < 60; n++, power *= -e) {
            sum += power * zetaMinusOne(n) / n;
        }
        double atOne = (1 - EULER) * e - Math.log1p(e) + sum;
        return x < 1.5 ? atOne : atOne + Math.log1p(e);
    }

    private static final double EULER = 0.57721566490153286061;
    private static final double[] ZETA_MINUS_ONE = new double[60];

    static {
        for (int n = 2; n < 60; n++) {
            // direct sum to 20, then Euler-Maclaurin
            double s = 0;
            int m = 20;
            for (int i = m - 1; i > 1; i--) {
                s += Math.pow(i, -n);
            }
            double tail = Math.pow(m, 1.0 - n) / (n - 1) + 0.5 * Math.pow(m, -n) + n / 12.0 * Math.pow(m, -n - 1.0)
                    - n * (n + 1.0) * (n + 2.0) / 720.0 * Math.pow(m, -n - 3.0)
                    + n * (n + 1.0) * (n + 2.0) * (n + 3.0) * (n + 4.0) / 30240.0 * Math.pow(m, -n - 5.0);
            ZETA_MINUS_ONE[n] = s + tail;
        }
    }

    private static double zetaMinusOne(int n) {
        return ZETA_MINUS_ONE[n];
    }

    static float lgamma(float x) {
        return (float) lgamma((double) x);
    }

    static double digamma(double x) {
        if (x == 0) {
            return Math.copySign(Double.POSITIVE_INFINITY, -x);
        }
        if (x < 0) {
            if (x == Math.rint(x)) {
                return Double.NaN;
            }
            double f = x - Math.rint(x);
            return digamma(1 - x) - Math.PI / Math.tan(Math.PI * f);
        }
        double shift = 0;
        double z = x;
        while (z < 15) {
            shift += 1 / z++;
        }
        double r = 1 / (z * z);
        double series = r * (1 / 12.0 - r * (1 / 120.0 - r * (1 / 252.0 - r * (1 / 240.0 - r * (1 / 132.0
                - r * (691 / 32760.0 - r / 12.0))))));
        return Math.log(z) - 0.5 / z - series - shift;
    }

    static float digamma(float x) {
        return (float) digamma((double) x);
    }
}
