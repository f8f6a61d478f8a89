package dev.levin.kernel;

/** Condition {@code 0 <= index < limit} under which a padded access is inside its buffer. */
public record Bound(IndexMap index, long limit) {
    @Override
    public String toString() {
        return "0<=" + index + "<" + limit;
    }
}
