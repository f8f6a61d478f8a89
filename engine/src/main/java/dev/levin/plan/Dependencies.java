package dev.levin.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Which group must run before which, transitively; kept closed as groups grow and merge. */
final class Dependencies {
    private final List<BitSet> before = new ArrayList<>();
    /** Groups that some other needs: the newest are not among them, and adding to what those need changes no other. */
    private final BitSet needed = new BitSet();

    void add(int group) {
        while (before.size() <= group) {
            before.add(new BitSet());
        }
    }

    /** Whether {@code first} must run before {@code then}. */
    boolean precedes(int first, int then) {
        return before.get(then).get(first);
    }

    /** The last of the {@code open} groups that must run before a group, or -1. */
    int latest(int group, BitSet open) {
        BitSet b = before.get(group);
        for (int x = b.previousSetBit(b.length()); x >= 0; x = b.previousSetBit(x - 1)) {
            if (open.get(x)) {
                return x;
            }
        }
        return -1;
    }

    /** How many groups must run before a group. */
    int depth(int group) {
        return before.get(group).cardinality();
    }

    void require(int first, int then) {
        if (first == then || precedes(first, then)) {
            return;
        }
        BitSet more = (BitSet) before.get(first).clone();
        more.set(first);
        before.get(then).or(more);
        if (needed.get(then)) {
            for (BitSet b : before) {
                if (b.get(then)) {
                    b.or(more);
                }
            }
        }
        needed.or(more);
    }

    /** Whether some third group must run between the two, so that they can't be one. */
    boolean separated(int a, int b) {
        return between(a, b) || between(b, a);
    }

    private boolean between(int a, int b) {
        BitSet s = before.get(b);
        if (!s.get(a)) {
            return false;
        }
        for (int x = s.nextSetBit(0); x >= 0; x = s.nextSetBit(x + 1)) {
            if (x != a && before.get(x).get(a)) {
                return true;
            }
        }
        return false;
    }

    /** {@code gone} becomes part of {@code kept}. */
    void merge(int kept, int gone) {
        BitSet both = before.get(kept);
        both.or(before.get(gone));
        both.clear(kept);
        both.clear(gone);
        if (needed.get(gone)) {
            needed.set(kept);
        }
        before.get(gone).clear();
        for (BitSet b : before) {
            if (b.get(gone)) {
                b.clear(gone);
                b.set(kept);
            }
            if (b != both && b.get(kept)) {
                b.or(both);
            }
        }
    }
}
