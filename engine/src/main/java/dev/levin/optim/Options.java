package dev.levin.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/** Numeric options in the order in which they are listed and saved. */
final class Options {
    private Options() {
    }

    static Map<String, Double> of(Object... namesAndValues) {
        Map<String, Double> m = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            m.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
        }
        return m;
    }

    /** Rejects a negative (or NaN) option, naming it. */
    static void notNegative(ParamGroup g, String... names) {
        for (String n : names) {
            if (!(g.get(n) >= 0)) {
                throw new IllegalArgumentException("invalid " + n + " " + g.get(n) + "; use a number >= 0");
            }
        }
    }

    /** Rejects a decay rate outside [0, 1). */
    static void rate(ParamGroup g, String... names) {
        for (String n : names) {
            if (!(g.get(n) >= 0 && g.get(n) < 1)) {
                throw new IllegalArgumentException("invalid " + n + " " + g.get(n) + "; use 0 <= " + n + " < 1");
            }
        }
    }
}
