package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Finds the state of a module in its fields. Which fields can hold state is worked out once per class. */
final class Members {
    private static final ClassValue<List<Slot>> SLOTS = new ClassValue<>() {
        @Override
        protected List<Slot> computeValue(Class<?> type) {
            List<Slot> slots = new ArrayList<>();
            if (type.getSuperclass() != null && type.getSuperclass() != Module.class) {
                slots.addAll(SLOTS.get(type.getSuperclass()));
            }
            for (Field f : type.getDeclaredFields()) {
                if (mayHoldState(f)) {
                    slots.add(new Slot(open(f), f.isAnnotationPresent(Key.class) ? f.getAnnotation(Key.class).value() : f.getName()));
                }
            }
            return List.copyOf(slots);
        }
    };

    private record Slot(Field field, String key) {
    }

    private Members() {
    }

    private static boolean mayHoldState(Field f) {
        Class<?> t = f.getType();
        while (t.isArray()) {
            t = t.getComponentType();
        }
        int m = f.getModifiers();
        return !Modifier.isStatic(m) && !Modifier.isTransient(m) && !f.isSynthetic() && !t.isPrimitive() && !t.isEnum()
                && t != String.class && !Number.class.isAssignableFrom(t) && !t.isRecord();
    }

    private static Field open(Field f) {
        try {
            f.setAccessible(true);
            return f;
        } catch (InaccessibleObjectException e) {
            Class<?> owner = f.getDeclaringClass();
            throw new IllegalStateException("can't look for parameters in " + owner.getName() + "." + f.getName() + ": module "
                    + owner.getModule().getName() + " keeps its package closed; add 'opens " + owner.getPackageName() + " to "
                    + Members.class.getModule().getName() + ";' to its module-info.java", e);
        }
    }

    /** The members of a module in declaration order, fields of superclasses first. */
    static void of(Module module, BiConsumer<String, Object> visitor) {
        for (Slot s : SLOTS.get(module.getClass())) {
            try {
                visit(s.key, s.field.get(module), visitor);
            } catch (IllegalAccessException e) {
                throw new AssertionError("the field was opened before", e);
            }
        }
    }

    /** Passes on parameters, state and modules, also those inside lists, maps and arrays; ignores everything else. */
    static void visit(String name, Object value, BiConsumer<String, Object> visitor) {
        switch (value) {
            case Parameter p -> visitor.accept(name, p);
            case State s -> visitor.accept(name, s);
            case Module m -> visitor.accept(name, m);
            case Object[] array -> visitAll(name, Arrays.asList(array), visitor);
            case List<?> list -> visitAll(name, list, visitor);
            case Map<?, ?> map -> {
                for (var e : map.entrySet()) {
                    if (!isContainer(e.getValue())) {
                        return;
                    }
                    visit(name + "." + e.getKey(), e.getValue(), visitor);
                }
            }
            case null, default -> { }
        }
    }

    private static void visitAll(String name, List<?> list, BiConsumer<String, Object> visitor) {
        int i = 0;
        for (Object o : list) {
            if (!isContainer(o)) {
                return; // a list of something else, perhaps a long one
            }
            visit(name + "." + i++, o, visitor);
        }
    }

    private static boolean isContainer(Object o) {
        return o == null || o instanceof Parameter || o instanceof State || o instanceof Module || o instanceof List
                || o instanceof Map || o instanceof Object[];
    }
}
