package dev.levin.kernel;

import java.util.ArrayList;
import java.util.List;

/** Drops axes of extent one and merges neighbours whose strides fit in every access. */
final class AxisCollapse {
    private final List<Long> extents;
    private int outerRank;
    private List<Access> accesses;

    AxisCollapse(List<Long> extents, int outerRank, boolean keepReduced, List<Access> accesses) {
        this.extents = new ArrayList<>(extents);
        this.outerRank = outerRank;
        this.accesses = accesses;
        for (int a = this.extents.size() - 1; a >= 0; a--) {
            boolean lastReduced = a >= this.outerRank && this.extents.size() - this.outerRank == 1;
            if (this.extents.get(a) == 1 && !(keepReduced && lastReduced)) {
                remove(a);
            }
        }
        if (keepReduced && this.extents.size() == this.outerRank) {
            this.extents.add(1L);
        }
        for (int a = this.extents.size() - 2; a >= 0; a--) {
            if (a + 1 != this.outerRank && mergeable(a)) {
                long inner = this.extents.get(a + 1);
                this.extents.set(a + 1, this.extents.get(a) * inner);
                remove(a);
            }
        }
    }

    List<Long> extents() {
        return extents;
    }

    int outerRank() {
        return outerRank;
    }

    List<Access> accesses() {
        return accesses;
    }

    private boolean mergeable(int a) {
        for (Access x : accesses) {
            if (!mergeable(x.index(), a) || !x.bounds().stream().allMatch(b -> mergeable(b.index(), a))) {
                return false;
            }
        }
        return true;
    }

    private boolean mergeable(IndexMap m, int a) {
        return m.isAffineIn(a) && m.isAffineIn(a + 1) && m.stride(a) == m.stride(a + 1) * extents.get(a + 1);
    }

    private void remove(int axis) {
        extents.remove(axis);
        if (axis < outerRank) {
            outerRank--;
        }
        accesses = accesses.stream().map(x -> new Access(without(x.index(), axis),
                x.bounds().stream().map(b -> new Bound(without(b.index(), axis), b.limit())).toList(), x.picks())).toList();
    }

    private static IndexMap without(IndexMap m, int axis) {
        var terms = new ArrayList<Term>();
        for (Term t : m.terms()) {
            if (t.axis() != axis) {
                terms.add(t.axis() > axis ? new Term(t.axis() - 1, t.stride(), t.div(), t.mod()) : t);
            }
        }
        return new IndexMap(m.offset(), terms);
    }
}
