package dev.levin.kernel.jvm;

import org.apache.commons.numbers.gamma.Erf;
import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.InverseErf;
import org.apache.commons.numbers.gamma.LogGamma;

/**
 * Scalar functions that generated code calls: those without an instruction sequence in {@link F32Math}, and all
 * transcendental functions of F64. The float versions go through double and round once.
 */
final class ScalarMath {
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

    static double erf(double x) {
        return Erf.value(x);
    }

    static double erfc(double x) {
        return Erfc.value(x);
    }

    static float erfc(float x) {
        return (float) Erfc.value(x);
    }

    static double erfinv(double y) {
        return Math.abs(y) <= 1 ? InverseErf.value(y) : Double.NaN;
    }

    static float erfinv(float y) {
        return (float) erfinv((double) y);
    }

    static double lgamma(double x) {
        boolean pole = Double.isInfinite(x) || x <= 0 && x == Math.rint(x);
        return pole ? Double.POSITIVE_INFINITY : LogGamma.value(x);
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
        if (Double.isInfinite(z)) {
            return z;
        }
        double r = 1 / (z * z);
        double series = r * (1 / 12.0 - r * (1 / 120.0 - r * (1 / 252.0 - r * (1 / 240.0 - r * (1 / 132.0
                - r * (691 / 32760.0 - r / 12.0))))));
        return Math.log(z) - 0.5 / z - series - shift;
    }

    static float digamma(float x) {
        return (float) digamma((double) x);
    }

    /** Derivative number {@code order} of digamma: a Hurwitz zeta function, by direct terms and Euler-Maclaurin. */
    static double polygamma(double order, double x) {
        int n = (int) order;
        if (n == 0) {
            return digamma(x);
        }
        double factorial = 1;
        for (int i = 2; i <= n; i++) {
            factorial *= i;
        }
        return (n % 2 == 0 ? -factorial : factorial) * zeta(n + 1, x);
    }

    static float polygamma(float order, float x) {
        return (float) polygamma((double) order, (double) x);
    }

    private static double zeta(int q, double x) {
        if (x > 0) {
            return Double.isInfinite(x) ? 0 : tailSum(q, x);
        }
        if (x == Math.rint(x) && !Double.isInfinite(x)) {
            return Double.POSITIVE_INFINITY;
        }
        // terms left of zero, as a difference of two sums that start right of it
        double f = x - Math.floor(x);
        double left = tailSum(q, 1 - f) - tailSum(q, 1 - x);
        return tailSum(q, f) + (q % 2 == 0 ? left : -left);
    }

    private static double tailSum(int q, double x) {
        double z = x;
        double sum = 0;
        while (z < 20 + q) {
            sum += Math.pow(z++, -q);
        }
        double r = 1 / (z * z);
        double t = q * Math.pow(z, -q - 1);
        double q2 = (q + 1.0) * (q + 2);
        double q4 = q2 * (q + 3) * (q + 4);
        double q6 = q4 * (q + 5) * (q + 6);
        return sum + Math.pow(z, 1 - q) / (q - 1) + 0.5 * Math.pow(z, -q)
                + t * (1 / 12.0 - r * q2 / 720 + r * r * q4 / 30240 - r * r * r * q6 / 1209600);
    }
}
