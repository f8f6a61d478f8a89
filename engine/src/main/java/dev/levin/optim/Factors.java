package dev.levin.optim;

import java.util.List;

/** Checks lists that hold one entry per parameter group. */
final class Factors {
    private Factors() {
    }

    static <T> List<T> onePerGroup(Optimizer optimizer, List<T> list) {
        if (list.size() != optimizer.paramGroups().size()) {
            throw new IllegalArgumentException("expected one entry for each of the " + optimizer.paramGroups().size()
                    + " parameter groups, got " + list.size());
        }
        return List.copyOf(list);
    }
}
