package dev.levin.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a load, store, index or random value sits for each position of the domain, with concrete numbers. Strides and
 * offsets count elements of the buffer, never bytes.
 *
 * @param index element offset
 * @param bounds all must hold for the element to exist (PAD); empty for an access that is always inside
 * @param picks one for each index operand of a gathering load
 */
public record Access(IndexMap index, List<Bound> bounds, List<Pick> picks) {
    public Access {
        bounds = List.copyOf(bounds);
        picks = List.copyOf(picks);
    }

    public static Access of(IndexMap index) {
        return new Access(index, List.of(), List.of());
    }

    /** An affine access, see {@link IndexMap#affine}. */
    public static Access affine(long offset, long... strides) {
        return of(IndexMap.affine(offset, strides));
    }

    public Access within(Bound... more) {
        var all = new ArrayList<>(bounds);
        all.addAll(List.of(more));
        return new Access(index, all, picks);
    }

    public Access picking(Pick... more) {
        var all = new ArrayList<>(picks);
        all.addAll(List.of(more));
        return new Access(index, bounds, all);
    }

    public boolean dependsOn(int axis) {
        return index.dependsOn(axis) || bounds.stream().anyMatch(b -> b.index().dependsOn(axis));
    }

    /** What of this access belongs to the kernel key. */
    public AccessShape shape() {
        return new AccessShape(AccessShape.terms(index), bounds.stream().map(b -> AccessShape.terms(b.index())).toList(),
                picks.size());
    }

    @Override
    public String toString() {
        return "[" + index + "]" + (bounds.isEmpty() ? "" : " if " + bounds) + (picks.isEmpty() ? "" : " pick " + picks);
    }
}
