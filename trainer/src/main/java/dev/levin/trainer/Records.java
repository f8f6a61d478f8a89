package dev.levin.trainer;

import dev.levin.tensor.Tensor;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Takes batches apart and puts them together again: records, maps, lists, arrays and tensors, nested in any way. */
final class Records {
    private record Shape(Method[] accessors, Constructor<?> constructor) {}

    private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            Method[] accessors = new Method[components.length];
            Class<?>[] types = new Class<?>[components.length];
            for (int i = 0; i < components.length; i++) {
                accessors[i] = open(components[i].getAccessor());
                types[i] = components[i].getType();
            }
            try {
                return new Shape(accessors, open(type.getDeclaredConstructor(types)));
            } catch (NoSuchMethodException e) {
                throw new AssertionError("a record has its canonical constructor", e);
            }
        }
    };

    private Records() {
    }

    private static <T extends AccessibleObject> T open(T member) {
        member.trySetAccessible();
        return member;
    }

    static Object[] values(Record r) {
        Method[] accessors = SHAPES.get(r.getClass()).accessors;
        Object[] values = new Object[accessors.length];
        try {
            for (int i = 0; i < values.length; i++) {
                values[i] = accessors[i].invoke(r);
            }
        } catch (ReflectiveOperationException e) {
            throw unreadable(r, e);
        }
        return values;
    }

    private static IllegalStateException unreadable(Record r, ReflectiveOperationException e) {
        return new IllegalStateException("the record " + r.getClass().getName() + " can't be read: " + e
                + "; make it public in an exported package, or open its package to dev.levin.trainer", e);
    }

    /** The same structure with every tensor replaced; objects of other types are left alone. */
    static Object map(Object o, UnaryOperator<Tensor> f) {
        return switch (o) {
            case Tensor t -> f.apply(t);
            case Map<?, ?> m -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                m.forEach((k, v) -> copy.put(k, map(v, f)));
                yield copy;
            }
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                list.forEach(v -> copy.add(map(v, f)));
                yield copy;
            }
            case Collection<?> c -> c;
            case Tensor[] a -> {
                Tensor[] copy = new Tensor[a.length];
                for (int i = 0; i < a.length; i++) {
                    copy[i] = f.apply(a[i]);
                }
                yield copy;
            }
            case TensorHolder<?> h -> h.mapTensors(f);
            case Record r -> rebuild(r, f);
            case null, default -> o;
        };
    }

    private static Object rebuild(Record r, UnaryOperator<Tensor> f) {
        Object[] values = values(r);
        boolean changed = false;
        for (int i = 0; i < values.length; i++) {
            Object mapped = map(values[i], f);
            changed |= mapped != values[i];
            values[i] = mapped;
        }
        if (!changed) {
            return r;
        }
        try {
            return SHAPES.get(r.getClass()).constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw unreadable(r, e);
        }
    }
}
