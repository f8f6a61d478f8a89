package dev.levin.check;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares a device's results with the oracle's, element by element.
 *
 * <p>An element agrees if it is as near as random roundings move it and they move it by little. Where that is not so, the
 * sample is run once more, on spans, and the element is an error if no rounding at all can take it there.
 */
final class Comparison {
    /** What rounding was seen to cause is multiplied by this. */
    private static final double SAFETY = 16;
    private static final double UNITS = 4;
    private static final int MOVED_RUNS = 4;
    /** The share of itself that a result may differ by before its enclosure is asked. */
    private static final double LITTLE = 0.01;

    private final Oracle oracle;
    private final List<HostArray> expected;
    private final List<List<HostArray>> moved = new ArrayList<>();
    private List<Span> enclosure;
    private long compared;
    private long uncertain;

    Comparison(Oracle oracle) {
        this.oracle = oracle;
        this.expected = oracle.exact();
        for (int i = 0; i < MOVED_RUNS; i++) {
            moved.add(oracle.moved(i, UNITS));
        }
    }

    /** The number of results. */
    int size() {
        return expected.size();
    }

    /** Elements looked at. */
    long compared() {
        return compared;
    }

    /** Those that only the enclosure could judge. */
    long uncertain() {
        return uncertain;
    }

    /** Null if all agree, else what differs. */
    String difference(List<HostArray> actual) {
        for (int r = 0; r < expected.size(); r++) {
            HostArray want = expected.get(r);
            HostArray have = actual.get(r);
            if (have.dtype() != want.dtype() || have.length() != want.length()) {
                return "result " + r + ": expected " + want.length() + " x " + want.dtype() + ", got " + have.length() + " x " + have.dtype();
            }
            for (int i = 0; i < want.length(); i++) {
                compared++;
                if (agrees(want, have, r, i)) {
                    continue;
                }
                uncertain++;
                enclosure = enclosure == null ? oracle.enclosure() : enclosure;
                Span possible = enclosure.get(r);
                if (!Enclosure.holds(possible, i, have)) {
                    return "result " + r + ", element " + i + ": expected " + text(want, i) + ", got " + text(have, i)
                            + " (possible: " + text(possible.lo(), i) + " to " + text(possible.hi(), i) + ")";
                }
            }
        }
        return null;
    }

    private boolean agrees(HostArray want, HostArray have, int r, int i) {
        if (!want.dtype().isFloat()) {
            return want.getLong(i) == have.getLong(i);
        }
        double a = want.getDouble(i);
        double b = have.getDouble(i);
        double little = LITTLE * Math.abs(a) + 4 * Oracle.smallest(want.dtype());
        double off = Math.abs(a - b);
        return a == b || a != a && b != b || off <= little && off <= allowed(r, i, want);
    }

    /** 0 where a moved run is infinitely far. */
    private double allowed(int r, int i, HostArray want) {
        DType dtype = want.dtype();
        double a = want.getDouble(i);
        double most = 0;
        for (List<HostArray> m : moved) {
            double d = Math.abs(a - m.get(r).getDouble(i));
            if (!Double.isFinite(d)) {
                return 0;
            }
            most = Math.max(most, d);
        }
        return SAFETY * most + 4 * Oracle.smallest(dtype) + (most > 0 ? 8 * Oracle.unit(dtype) * Math.abs(a) : 0);
    }

    private static String text(HostArray h, int i) {
        return h.dtype().isFloat() ? Double.toString(h.getDouble(i)) : Long.toString(h.getLong(i));
    }
}
