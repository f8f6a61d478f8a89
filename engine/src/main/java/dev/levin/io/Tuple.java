package dev.levin.io;

import java.util.List;
import java.util.Objects;

/** A Python tuple, as read from or written to a pickle; lists are {@link List}s. */
public record Tuple(List<Object> items) {
    public Tuple {
        Objects.requireNonNull(items);
    }

    public static Tuple of(Object... items) {
        return new Tuple(new java.util.ArrayList<>(java.util.Arrays.asList(items)));
    }

    public int size() {
        return items.size();
    }

    public Object get(int i) {
        return items.get(i);
    }
}
