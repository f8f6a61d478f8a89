package dev.levin.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Python object that Levin does not construct: its class or function by name, and what the file would have handed to
 * it. It is inert; nothing was imported or called.
 */
public final class Opaque {
    private final String name;
    private final List<Object> arguments;
    private final List<Object> elements = new ArrayList<>();
    private final Map<Object, Object> entries = new LinkedHashMap<>();
    private Object state;

    Opaque(String name, List<Object> arguments) {
        this.name = name;
        this.arguments = arguments;
    }

    /** Module and name, as {@code pathlib.PosixPath}. */
    public String name() {
        return name;
    }

    /** Arguments of the call that would have made it; empty for a mere reference to a class. */
    public List<Object> arguments() {
        return arguments;
    }

    /** What would have been appended or added to it. */
    public List<Object> elements() {
        return elements;
    }

    /** What would have been stored in it by key. */
    public Map<Object, Object> entries() {
        return entries;
    }

    /** Its attributes (usually a map), or null. */
    public Object state() {
        return state;
    }

    void state(Object value) {
        state = value;
    }

    @Override
    public String toString() {
        return "Opaque(" + name + ")";
    }
}
