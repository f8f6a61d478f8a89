package dev.levin.nn;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Values as PyTorch's printed modules show them. */
final class Text {
    private Text() {
    }

    static String bool(boolean b) {
        return b ? "True" : "False";
    }

    static String tuple(int[] values) {
        return Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(", ", "(", values.length == 1 ? ",)" : ")"));
    }

    /** {@code 0.5}, {@code 1e-05}. */
    static String number(double v) {
        if (v != 0 && Math.abs(v) < 1e-4) {
            int exponent = (int) Math.floor(Math.log10(Math.abs(v)));
            double mantissa = Math.round(v / Math.pow(10, exponent) * 1e6) / 1e6;
            String m = mantissa == Math.rint(mantissa) ? Long.toString((long) mantissa) : Double.toString(mantissa);
            return m + "e-" + (exponent > -10 ? "0" : "") + -exponent;
        }
        return Double.toString(v);
    }
}
