package dev.levin.kernel;

import java.util.List;

/**
 * The numbers of a kernel: extent of each axis (outer axes first) and each access. Passed to generated code at run time.
 */
public record Geometry(List<Long> extents, List<Access> accesses) {
    public Geometry {
        extents = List.copyOf(extents);
        accesses = List.copyOf(accesses);
    }

    public long extent(int axis) {
        return extents.get(axis);
    }

    public long[] extentArray() {
        return extents.stream().mapToLong(Long::longValue).toArray();
    }
}
