package dev.levin.kernel;

import java.util.List;

/**
 * The structure of an {@link Access} without its numbers: which axes occur in which term, whether the stride is exactly
 * one, whether the term has a div or mod. Offsets, other strides, divisors and limits are read from the
 * {@link Geometry} at run time, in the order of the terms.
 */
public record AccessShape(List<TermShape> terms, List<List<TermShape>> bounds, int picks) {
    public AccessShape {
        terms = List.copyOf(terms);
        bounds = List.copyOf(bounds);
    }

    /** One term: {@code unit} if its stride is 1, {@code affine} if it has neither div nor mod. */
    public record TermShape(int axis, boolean unit, boolean affine) {
        @Override
        public String toString() {
            return (unit ? "" : "s*") + "a" + axis + (affine ? "" : "/d%m");
        }
    }

    static List<TermShape> terms(IndexMap map) {
        return map.terms().stream().map(t -> new TermShape(t.axis(), t.stride() == 1, t.isAffine())).toList();
    }

    @Override
    public String toString() {
        return terms + (bounds.isEmpty() ? "" : " if " + bounds) + (picks == 0 ? "" : " pick " + picks);
    }
}
