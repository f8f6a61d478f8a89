package dev.levin.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An element offset as a function of the kernel's axes: {@code offset + sum of terms}. Usually affine, with one term for
 * each axis it depends on; a reshape that strides can't express adds terms with {@code div} and {@code mod}.
 */
public record IndexMap(long offset, List<Term> terms) {
    public IndexMap {
        terms = List.copyOf(terms);
    }

    /** {@code offset + sum(strides[a] * i_a)}; zero strides leave no term. */
    public static IndexMap affine(long offset, long... strides) {
        var terms = new ArrayList<Term>();
        for (int a = 0; a < strides.length; a++) {
            if (strides[a] != 0) {
                terms.add(Term.of(a, strides[a]));
            }
        }
        return new IndexMap(offset, terms);
    }

    /** The same element for every index. */
    public static IndexMap constant(long offset) {
        return new IndexMap(offset, List.of());
    }

    /** Offset at the given position, one index for each axis. */
    public long at(long[] position) {
        long v = offset;
        for (Term t : terms) {
            v += t.value(position[t.axis()]);
        }
        return v;
    }

    /** Sum of the strides of the plain terms on an axis; terms with div or mod are not counted. */
    public long stride(int axis) {
        long s = 0;
        for (Term t : terms) {
            if (t.axis() == axis && t.isAffine()) {
                s += t.stride();
            }
        }
        return s;
    }

    /** True if no term on this axis has a div or mod. */
    public boolean isAffineIn(int axis) {
        for (Term t : terms) {
            if (t.axis() == axis && !t.isAffine()) {
                return false;
            }
        }
        return true;
    }

    public boolean dependsOn(int axis) {
        for (Term t : terms) {
            if (t.axis() == axis && t.stride() != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        String s = terms.stream().map(Term::toString).collect(Collectors.joining(" + "));
        return s.isEmpty() ? Long.toString(offset) : offset == 0 ? s : s + " + " + offset;
    }
}
