package dev.levin.check;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.List;

/** Compares a device's results with the oracle's, element by element. */
final class Comparison {
    /** A difference of this many times what rounding was seen to cause is an error. */
    private static final double SAFETY = 16;
    private static final int MOVED_RUNS = 4;
    /** Before a difference is reported, this many more runs look for a rounding that explains it, small or large. */
    private static final int SECOND_LOOKS = 160;
    private static final double[] UNITS = {1, 4, 16, 2, 64};

    private final Oracle oracle;
    private final List<HostArray> expected;
    private final List<List<HostArray>> moved = new ArrayList<>();
    private long compared;
    private long skipped;

    Comparison(Oracle oracle) {
        this.oracle = oracle;
        this.expected = oracle.exact();
        for (int i = 0; i < MOVED_RUNS; i++) {
            moved.add(oracle.moved(i, 4));
        }
    }

    /** The number of results. */
    int size() {
        return expected.size();
    }

    long compared() {
        return compared;
    }

    long skipped() {
        return skipped;
    }

    /** Null if all agree, else what differs. */
    String difference(List<HostArray> actual) {
        String first = look(actual, true);
        for (int i = 0; first != null && i < SECOND_LOOKS; i++) {
            moved.add(oracle.moved(MOVED_RUNS + i, UNITS[i % UNITS.length]));
            if (i % 10 == 9) {
                first = look(actual, false);
            }
        }
        return first;
    }

    private String look(List<HostArray> actual, boolean count) {
        for (int r = 0; r < expected.size(); r++) {
            HostArray want = expected.get(r);
            HostArray have = actual.get(r);
            if (have.dtype() != want.dtype() || have.length() != want.length()) {
                return "result " + r + ": expected " + want.length() + " x " + want.dtype() + ", got " + have.length() + " x " + have.dtype();
            }
            for (int i = 0; i < want.length(); i++) {
                double allowed = allowed(r, i, want);
                if (count && Double.isNaN(allowed)) {
                    skipped++;
                } else if (count) {
                    compared++;
                }
                if (!agrees(want, have, i, allowed)) {
                    return "result " + r + ", element " + i + ": expected " + text(want, i) + ", got " + text(have, i)
                            + (want.dtype().isFloat() ? " (allowed difference " + allowed + ")" : "");
                }
            }
        }
        return null;
    }

    /** NaN if the element can't be compared. */
    private double allowed(int r, int i, HostArray want) {
        DType dtype = want.dtype();
        double most = 0;
        for (List<HostArray> m : moved) {
            HostArray other = m.get(r);
            if (!dtype.isFloat()) {
                most = other.getLong(i) == want.getLong(i) ? most : Double.NaN;
                continue;
            }
            double a = want.getDouble(i);
            double b = other.getDouble(i);
            if (Double.compare(a, b) != 0) {
                // One is infinite or NaN: the difference is not finite.
                double d = Math.abs(a - b);
                most = Double.isFinite(d) ? Math.max(most, d) : Double.NaN;
            }
        }
        if (!dtype.isFloat() || most != most) {
            return most;
        }
        double a = Math.abs(want.getDouble(i));
        return SAFETY * most + 4 * Oracle.smallest(dtype) + (Double.isFinite(a) && most > 0 ? 8 * Oracle.unit(dtype) * a : 0);
    }

    private static boolean agrees(HostArray want, HostArray have, int i, double allowed) {
        if (allowed != allowed) {
            return true;
        }
        if (!want.dtype().isFloat()) {
            return want.getLong(i) == have.getLong(i);
        }
        double a = want.getDouble(i);
        double b = have.getDouble(i);
        return a == b || a != a && b != b || Math.abs(a - b) <= allowed;
    }

    private static String text(HostArray h, int i) {
        return h.dtype().isFloat() ? Double.toString(h.getDouble(i)) : Long.toString(h.getLong(i));
    }
}
