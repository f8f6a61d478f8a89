package dev.levin.trainer.config;

import dev.levin.trainer.MisconfigurationException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes an object from a class and named values: by the constructor or public factory method whose parameters are among the
 * names, then by chained setters for the others ({@code patience: 3} calls {@code patience(3)}). A parameter that is a record
 * stands for its components; if the record has a static {@code defaults()}, they need not be given. Names may be written as
 * {@code batch_size} or {@code batchSize}; constructors need to be compiled with {@code -parameters}.
 */
public final class ObjectMaker {
    private final String what;
    private final Class<?> type;
    private final Object[] supplied;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> spelled = new LinkedHashMap<>();

    private ObjectMaker(String what, Class<?> type, Map<String, ?> given, Object[] supplied) {
        this.what = what;
        this.type = type;
        this.supplied = supplied;
        given.forEach((k, v) -> {
            if (!k.equals("class")) {
                values.put(plain(k), v);
                spelled.put(plain(k), k);
            }
        });
    }

    /**
     * Makes it.
     *
     * @param what where the values come from, for messages: {@code model}, {@code data}
     * @param values by name; {@code class} is left out
     * @param supplied objects for parameters of their type, such as the optimizer of a scheduler
     * @throws MisconfigurationException naming the value that does not fit, and the nearest name
     */
    public static <T> T make(Class<? extends T> type, Map<String, ?> values, String what, Object... supplied) {
        return type.asSubclass(type).cast(new ObjectMaker(what, type, values, supplied).make());
    }

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private Object make() {
        checkNames();
        Executable way = makers().filter(m -> values.keySet().containsAll(required(m)))
                .max(Comparator.<Executable>comparingLong(m -> names(m).stream().filter(values::containsKey).count()).thenComparing(m -> -m.getParameterCount()))
                .orElseThrow(() -> new MisconfigurationException(what + ": " + type.getSimpleName() + " needs " + makers().map(this::signature)
                        .collect(Collectors.joining(" or ")) + (values.isEmpty() ? "" : ", but has " + spelled.values())));
        Set<String> left = new LinkedHashSet<>(values.keySet());
        left.removeAll(names(way));
        Object made = call(way, null, arguments(way));
        for (String name : left) {
            Method setter = setters().filter(m -> plain(m.getName()).equals(name)).findFirst().orElseThrow(() -> new MisconfigurationException(
                    what + ": " + type.getSimpleName() + " does not take '" + spelled.get(name) + "' together with the other values; it takes "
                            + makers().map(this::signature).collect(Collectors.joining(" or "))));
            call(setter, made, new Object[] {convert(name, setter.getGenericParameterTypes()[0])});
        }
        return made;
    }

    private void checkNames() {
        Map<String, String> known = new LinkedHashMap<>();
        makers().forEach(m -> values(m).keySet().forEach(n -> known.put(plain(n), n)));
        setters().forEach(m -> known.putIfAbsent(plain(m.getName()), m.getName()));
        for (String name : values.keySet()) {
            if (!known.containsKey(name)) {
                boolean nameless = Arrays.stream(type.getDeclaredConstructors()).flatMap(c -> Arrays.stream(c.getParameters()))
                        .anyMatch(p -> !p.isNamePresent() && !p.getType().isRecord());
                throw new MisconfigurationException(what + ": " + type.getSimpleName() + " has no argument '" + spelled.get(name) + "'"
                        + Nearest.hint(spelled.get(name), known.values()) + (nameless ? "; its constructor's parameters have no names: compile with -parameters"
                                : " It takes " + known.values()));
            }
        }
    }

    // ---- ways to make it, and what they take ----------------------------------------------------------------------------

    private Stream<Executable> makers() {
        Stream<Executable> constructors = Arrays.stream(type.getDeclaredConstructors()).filter(c -> !Modifier.isPrivate(c.getModifiers()))
                .map(c -> (Executable) c);
        Stream<Executable> factories = Arrays.stream(type.getDeclaredMethods()).filter(m -> Modifier.isStatic(m.getModifiers())
                && Modifier.isPublic(m.getModifiers()) && m.getReturnType() == type && m.getParameterCount() > 0).map(m -> (Executable) m);
        return Stream.concat(constructors, factories).filter(m -> Arrays.stream(m.getParameters()).allMatch(p -> p.isNamePresent() || p.getType().isRecord()));
    }

    /** The object for a parameter of this type; a list by what it holds. Null if there is none. */
    private Object supplied(Type parameter) {
        return Arrays.stream(supplied).filter(raw(parameter)::isInstance).filter(o -> !(o instanceof List<?> l) || l.isEmpty()
                || parameter instanceof ParameterizedType p && raw(p.getActualTypeArguments()[0]).isInstance(l.getFirst())).findFirst().orElse(null);
    }

    /** Names of the values that a maker can take, with their types; records by their components. */
    private Map<String, Type> values(Executable m) {
        Map<String, Type> names = new LinkedHashMap<>();
        for (int i = 0; i < m.getParameterCount(); i++) {
            Class<?> p = m.getParameterTypes()[i];
            if (supplied(m.getGenericParameterTypes()[i]) != null) {
                continue;
            }
            if (p.isRecord()) {
                Arrays.stream(p.getRecordComponents()).forEach(c -> names.put(c.getName(), c.getGenericType()));
            } else {
                names.put(m.getParameters()[i].getName(), m.getGenericParameterTypes()[i]);
            }
        }
        return names;
    }

    private List<String> names(Executable m) {
        return values(m).keySet().stream().map(ObjectMaker::plain).toList();
    }

    private List<String> required(Executable m) {
        List<String> all = new ArrayList<>(names(m));
        for (Class<?> p : m.getParameterTypes()) {
            if (p.isRecord() && defaults(p) != null) {
                Arrays.stream(p.getRecordComponents()).forEach(c -> all.remove(plain(c.getName())));
            }
        }
        return all;
    }

    /** What a record's {@code defaults()} gives; null if it has none. */
    private Object defaults(Class<?> record) {
        try {
            return call(record.getDeclaredMethod("defaults"), null, new Object[0]);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    private String signature(Executable m) {
        return values(m).entrySet().stream().map(e -> e.getKey() + ": " + raw(e.getValue()).getSimpleName()).collect(Collectors.joining(", ", "(", ")"));
    }

    private Stream<Method> setters() {
        return Arrays.stream(type.getMethods()).filter(m -> !Modifier.isStatic(m.getModifiers()) && m.getParameterCount() == 1
                && m.getReturnType() != void.class && m.getReturnType() != Object.class && m.getReturnType().isAssignableFrom(type)
                && !m.getReturnType().isInterface());
    }

    // ---- calling --------------------------------------------------------------------------------------------------------

    private Object[] arguments(Executable m) {
        Object[] arguments = new Object[m.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            Class<?> p = m.getParameterTypes()[i];
            Object object = supplied(m.getGenericParameterTypes()[i]);
            arguments[i] = object != null ? object : p.isRecord() ? record(p) : convert(plain(m.getParameters()[i].getName()), m.getGenericParameterTypes()[i]);
        }
        return arguments;
    }

    private Object record(Class<?> record) {
        Object usual = defaults(record);
        Object[] arguments = Arrays.stream(record.getRecordComponents()).map(c -> usual != null && !values.containsKey(plain(c.getName()))
                ? call(c.getAccessor(), usual, new Object[0]) : convert(plain(c.getName()), c.getGenericType())).toArray();
        Class<?>[] types = Arrays.stream(record.getRecordComponents()).map(c -> c.getType()).toArray(Class<?>[]::new);
        try {
            return call(record.getDeclaredConstructor(types), null, arguments);
        } catch (NoSuchMethodException e) {
            throw new AssertionError("a record has a canonical constructor", e);
        }
    }

    private Object call(Executable m, Object target, Object[] arguments) {
        try {
            if (!Modifier.isPublic(m.getModifiers()) || !Modifier.isPublic(m.getDeclaringClass().getModifiers())) {
                m.setAccessible(true);
            }
            return switch (m) {
                case Constructor<?> c -> c.newInstance(arguments);
                case Method method -> method.invoke(target, arguments);
            };
        } catch (InvocationTargetException e) {
            switch (e.getCause()) {
                case IllegalArgumentException i -> throw new MisconfigurationException(what + ": " + type.getSimpleName() + ": " + i.getMessage(), i);
                case RuntimeException r -> throw r;
                default -> throw new IllegalStateException(what + ": " + type.getName() + " can't be made: " + e.getCause(), e.getCause());
            }
        } catch (InstantiationException e) {
            throw new MisconfigurationException(what + ": " + type.getName() + " is abstract; name a class that extends it", e);
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            throw new MisconfigurationException(what + ": " + type.getName() + " can't be made from outside its module; make it and its constructor public", e);
        }
    }

    private static Class<?> raw(Type t) {
        return switch (t) {
            case Class<?> c -> c;
            case ParameterizedType p -> raw(p.getRawType());
            default -> Object.class;
        };
    }

    private Object convert(String name, Type to) {
        try {
            return Values.convert(values.get(name), to);
        } catch (Values.UnfitException e) {
            throw new MisconfigurationException(what + "." + spelled.getOrDefault(name, name) + "=" + values.get(name) + " is not possible for "
                    + type.getSimpleName() + "; use " + e.getMessage(), e);
        }
    }
}
