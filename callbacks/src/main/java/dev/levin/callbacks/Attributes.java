package dev.levin.callbacks;

import dev.levin.trainer.MisconfigurationException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A number in a field of a user's object, by name. */
final class Attributes {
    private final Object owner;
    private final Field field;

    private Attributes(Object owner, Field field) {
        this.owner = owner;
        this.field = field;
    }

    /** The first field of one of these names in the class of the object or a parent. */
    static Optional<Attributes> find(Object owner, String... names) {
        if (owner == null) {
            return Optional.empty();
        }
        for (String name : names) {
            for (Class<?> c = owner.getClass(); c != Object.class; c = c.getSuperclass()) {
                for (Field f : c.getDeclaredFields()) {
                    if (f.getName().equals(name) && !Modifier.isStatic(f.getModifiers()) && isNumber(f.getType())) {
                        if (Modifier.isFinal(f.getModifiers()) || !f.trySetAccessible()) {
                            throw new MisconfigurationException("the field " + name + " of " + c.getName() + " can't be set; make it not final, and open its "
                                    + "package if it is in a module");
                        }
                        return Optional.of(new Attributes(owner, f));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isNumber(Class<?> type) {
        return type == double.class || type == Double.class || type == float.class || type == int.class || type == Integer.class || type == long.class;
    }

    String name() {
        return owner.getClass().getSimpleName() + "." + field.getName();
    }

    double get() {
        try {
            return field.get(owner) instanceof Number n ? n.doubleValue() : Double.NaN;
        } catch (IllegalAccessException e) {
            throw new AssertionError("the field was made accessible", e);
        }
    }

    void set(double value) {
        Class<?> type = field.getType();
        try {
            if (type == int.class || type == Integer.class) {
                field.set(owner, (int) value);
            } else if (type == long.class) {
                field.setLong(owner, (long) value);
            } else if (type == float.class) {
                field.setFloat(owner, (float) value);
            } else {
                field.set(owner, value);
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError("the field was made accessible", e);
        }
    }

    /** Names of the numbers an object has, for messages. */
    static List<String> numbers(Object owner) {
        List<String> found = new ArrayList<>();
        for (Class<?> c = owner == null ? Object.class : owner.getClass(); c != Object.class && !c.getName().startsWith("dev.levin.trainer.Lightning");
                c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) && !f.isSynthetic() && isNumber(f.getType())) {
                    found.add(f.getName());
                }
            }
        }
        return found;
    }
}
