package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The positions a kernel visits: axes in the row-major order of its full-resolution values, each kept or reduced.
 *
 * <p>A pointwise kernel has one kept axis; a reduction has one axis for each run of kept or of reduced axes of its
 * operand. Axes are split later, where a view needs it; that changes neither order nor number of the positions.
 */
final class Domain {
    private final long[] extents;
    private final boolean[] reduced;
    private final long numel;
    private final long outerNumel;
    private final boolean reduces;
    private Reach full;
    private Reach outer;

    private Domain(long[] extents, boolean[] reduced) {
        this.extents = extents;
        this.reduced = reduced;
        long all = 1;
        long kept = 1;
        boolean any = false;
        for (int i = 0; i < extents.length; i++) {
            all *= extents[i];
            kept *= reduced[i] ? 1 : extents[i];
            any |= reduced[i];
        }
        numel = all;
        outerNumel = kept;
        reduces = any;
    }

    static Domain pointwise(long n) {
        return n == 1 ? new Domain(new long[0], new boolean[0]) : new Domain(new long[] {n}, new boolean[1]);
    }

    /** One kept axis for each axis of a shape. */
    static Domain axes(Shape shape) {
        long[] e = new long[shape.rank()];
        for (int i = 0; i < e.length; i++) {
            e[i] = shape.dim(i);
        }
        return new Domain(e, new boolean[e.length]);
    }

    /** The domain of a reduction over {@code axes} of {@code operand}. */
    static Domain reduction(Shape operand, long[] axes) {
        boolean[] reduce = new boolean[operand.rank()];
        for (long a : axes) {
            reduce[(int) a] = true;
        }
        List<Long> runs = new ArrayList<>();
        List<Boolean> flags = new ArrayList<>();
        for (int i = 0; i < reduce.length; i++) {
            long n = operand.dim(i);
            int last = runs.size() - 1;
            if (n == 1) {
                continue;
            }
            if (last >= 0 && flags.get(last) == reduce[i]) {
                runs.set(last, runs.get(last) * n);
            } else {
                runs.add(n);
                flags.add(reduce[i]);
            }
        }
        boolean[] r = new boolean[flags.size()];
        for (int i = 0; i < r.length; i++) {
            r[i] = flags.get(i);
        }
        return new Domain(runs.stream().mapToLong(Long::longValue).toArray(), r);
    }

    int rank() {
        return extents.length;
    }

    long extent(int axis) {
        return extents[axis];
    }

    boolean isReduced(int axis) {
        return reduced[axis];
    }

    boolean hasReduction() {
        return reduces;
    }

    /** Number of positions. */
    long numel() {
        return numel;
    }

    /** Number of positions of the kept axes. */
    long outer() {
        return outerNumel;
    }

    long reducedExtent() {
        long n = 1;
        for (int i = 0; i < extents.length; i++) {
            n *= reduced[i] ? extents[i] : 1;
        }
        return n;
    }

    /** Whether the axis that runs fastest is reduced: such kernels read whole rows. */
    boolean reducesInnermost() {
        return reduced.length > 0 && reduced[reduced.length - 1];
    }

    Domain split(int axis, long inner) {
        long[] e = new long[extents.length + 1];
        boolean[] r = new boolean[e.length];
        for (int i = 0; i < e.length; i++) {
            int from = i <= axis ? i : i - 1;
            e[i] = i == axis ? extents[axis] / inner : i == axis + 1 ? inner : extents[from];
            r[i] = reduced[from];
        }
        return new Domain(e, r);
    }

    /** Where every position falls in a value that has one element for each of them. */
    Reach full() {
        if (full == null) {
            full = Reach.identity(extents, i -> true);
        }
        return full;
    }

    /** Where every position falls in a value that has one element for each position of the kept axes. */
    Reach outerReach() {
        if (outer == null) {
            outer = Reach.identity(extents, i -> !reduced[i]);
        }
        return outer;
    }

    /** Where every position falls in a member of a kernel over this domain. */
    Reach placeOf(Analysis a, int member) {
        return isFull(a, member) ? full() : outerReach();
    }

    /** Whether a member of a kernel has an element for every position, not only for those of the kept axes. */
    boolean isFull(Analysis a, int member) {
        return !hasReduction() || a.instr(member).shape().numel() == numel() && a.instr(member).op().kind() != Op.Kind.REDUCE;
    }

    /** Whether both are the same once split axes are joined again. */
    boolean sameRuns(Domain o) {
        return runs().equals(o.runs());
    }

    private List<Long> runs() {
        List<Long> list = new ArrayList<>();
        for (int i = 0; i < extents.length; i++) {
            boolean joins = i > 0 && reduced[i] == reduced[i - 1];
            if (joins) {
                list.set(list.size() - 1, list.getLast() * extents[i]);
            } else {
                list.add(reduced[i] ? -extents[i] : extents[i]);
            }
        }
        return list;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Domain d && Arrays.equals(extents, d.extents) && Arrays.equals(reduced, d.reduced);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents) * 31 + Arrays.hashCode(reduced);
    }

    /** {@code [64, 10r]}: reduced axes end in r. */
    @Override
    public String toString() {
        StringBuilder b = new StringBuilder("[");
        for (int i = 0; i < extents.length; i++) {
            b.append(i == 0 ? "" : ", ").append(extents[i]).append(reduced[i] ? "r" : "");
        }
        return b.append(']').toString();
    }
}
