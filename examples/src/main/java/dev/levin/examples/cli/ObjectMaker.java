package dev.levin.examples.cli;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes an object from a class and named values: by the constructor or public factory method whose parameters are among the
 * names, then by chained setters for the others ({@code patience: 3} calls {@code patience(3)}). A constructor with one
 * record takes the record's components. Names may be written as {@code batch_size} or {@code batchSize}; constructors need
 * to be compiled with {@code -parameters}.
 */
final class ObjectMaker {
    private final String what;
    private final Class<?> type;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> spelled = new LinkedHashMap<>();

    private ObjectMaker(String what, Class<?> type, Map<String, ?> given) {
        this.what = what;
        this.type = type;
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
     * @throws IllegalArgumentException naming the value that does not fit, and the nearest name
     */
    static <T> T make(Class<? extends T> type, Map<String, ?> values, String what) {
        return type.asSubclass(type).cast(new ObjectMaker(what, type, values).make());
    }

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private Object make() {
        checkNames();
        Executable way = makers().filter(m -> values.keySet().containsAll(names(m))).max(Comparator.comparingInt(m -> names(m).size()))
                .orElseThrow(() -> new IllegalArgumentException(what + ": " + type.getSimpleName() + " needs " + makers().map(this::signature)
                        .collect(java.util.stream.Collectors.joining(" or ")) + (values.isEmpty() ? "" : ", but has " + spelled.values())));
        Set<String> left = new LinkedHashSet<>(values.keySet());
        left.removeAll(names(way));
        Object made = call(way, null, arguments(way));
        for (String name : left) {
            Method setter = setters().filter(m -> plain(m.getName()).equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                    what + ": " + type.getSimpleName() + " does not take '" + spelled.get(name) + "' together with the other values"));
            call(setter, made, new Object[] {convert(values.get(name), setter.getParameterTypes()[0], spelled.get(name))});
        }
        return made;
    }

    private void checkNames() {
        Map<String, String> known = new LinkedHashMap<>();
        makers().forEach(m -> parameters(m).forEach((n, t) -> known.put(plain(n), n)));
        setters().forEach(m -> known.putIfAbsent(plain(m.getName()), m.getName()));
        for (String name : values.keySet()) {
            if (!known.containsKey(name)) {
                boolean nameless = Arrays.stream(type.getDeclaredConstructors()).flatMap(c -> Arrays.stream(c.getParameters()))
                        .anyMatch(p -> !p.isNamePresent() && !p.getType().isRecord());
                throw new IllegalArgumentException(what + ": " + type.getSimpleName() + " has no argument '" + spelled.get(name) + "'"
                        + Nearest.hint(spelled.get(name), known.values()) + (nameless ? "; its constructor's parameters have no names: compile with -parameters"
                                : " It takes " + known.values()));
            }
        }
    }

    private Stream<Executable> makers() {
        Stream<Executable> constructors = Arrays.stream(type.getDeclaredConstructors()).filter(c -> !Modifier.isPrivate(c.getModifiers()))
                .map(c -> (Executable) c);
        Stream<Executable> factories = Arrays.stream(type.getDeclaredMethods()).filter(m -> Modifier.isStatic(m.getModifiers())
                && Modifier.isPublic(m.getModifiers()) && m.getReturnType() == type && m.getParameterCount() > 0).map(m -> (Executable) m);
        return Stream.concat(constructors, factories).filter(m -> usable(m));
    }

    private static boolean usable(Executable m) {
        return record(m) != null || Arrays.stream(m.getParameters()).allMatch(Parameter::isNamePresent);
    }

    /** The record that is the only parameter, or null. */
    private static Class<?> record(Executable m) {
        return m.getParameterCount() == 1 && m.getParameterTypes()[0].isRecord() ? m.getParameterTypes()[0] : null;
    }

    private static Map<String, Class<?>> parameters(Executable m) {
        Map<String, Class<?>> p = new LinkedHashMap<>();
        if (record(m) != null) {
            Arrays.stream(record(m).getRecordComponents()).forEach(c -> p.put(c.getName(), c.getType()));
        } else {
            Arrays.stream(m.getParameters()).forEach(x -> p.put(x.getName(), x.getType()));
        }
        return p;
    }

    private static List<String> names(Executable m) {
        return parameters(m).keySet().stream().map(ObjectMaker::plain).toList();
    }

    private String signature(Executable m) {
        List<String> parts = new ArrayList<>();
        parameters(m).forEach((n, t) -> parts.add(n + ": " + t.getSimpleName()));
        return "(" + String.join(", ", parts) + ")";
    }

    private Stream<Method> setters() {
        return Arrays.stream(type.getMethods()).filter(m -> !Modifier.isStatic(m.getModifiers()) && m.getParameterCount() == 1
                && m.getReturnType() != void.class && m.getReturnType() != Object.class && m.getReturnType().isAssignableFrom(type)
                && !m.getReturnType().isInterface());
    }

    private Object[] arguments(Executable m) {
        List<Object> arguments = new ArrayList<>();
        parameters(m).forEach((n, t) -> arguments.add(convert(values.get(plain(n)), t, spelled.getOrDefault(plain(n), n))));
        if (record(m) == null) {
            return arguments.toArray();
        }
        Constructor<?> canonical = Arrays.stream(record(m).getDeclaredConstructors()).filter(c -> c.getParameterCount() == arguments.size()).findFirst().orElseThrow();
        return new Object[] {call(canonical, null, arguments.toArray())};
    }

    private Object call(Executable m, Object target, Object[] arguments) {
        try {
            m.setAccessible(true);
            return switch (m) {
                case Constructor<?> c -> c.newInstance(arguments);
                case Method method -> method.invoke(target, arguments);
            };
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException r) {
                throw r;
            }
            throw new IllegalStateException(what + ": " + type.getName() + " can't be made: " + e.getCause(), e.getCause());
        } catch (InstantiationException e) {
            throw new IllegalArgumentException(what + ": " + type.getName() + " is abstract; name a class that extends it", e);
        } catch (IllegalAccessException | java.lang.reflect.InaccessibleObjectException e) {
            throw new IllegalArgumentException(what + ": " + type.getName() + " can't be made from outside its module; make it and its constructor public", e);
        }
    }

    private Object convert(Object value, Class<?> to, String name) {
        return switch (value) {
            case Number n when to == int.class || to == Integer.class -> whole(n, name, to, Integer.MIN_VALUE, Integer.MAX_VALUE).intValue();
            case Number n when to == long.class || to == Long.class -> whole(n, name, to, Long.MIN_VALUE, Long.MAX_VALUE).longValue();
            case Number n when to == double.class || to == Double.class -> n.doubleValue();
            case Number n when to == float.class || to == Float.class -> n.floatValue();
            case Boolean b when to == boolean.class || to == Boolean.class -> b;
            case Object o when to == String.class && !(o instanceof Map) && !(o instanceof List) -> o.toString();
            case String s when to == Path.class -> Path.of(s);
            case String s when to == Duration.class -> dev.levin.trainer.Durations.parse(s);
            case String s when to.isEnum() -> Arrays.stream(to.getEnumConstants()).filter(c -> c.toString().equalsIgnoreCase(s)).findFirst()
                    .orElseThrow(() -> unfit(value, to, name));
            case List<?> l when to == int[].class -> l.stream().mapToInt(x -> (int) convert(x, int.class, name)).toArray();
            case List<?> l when to == double[].class -> l.stream().mapToDouble(x -> (double) convert(x, double.class, name)).toArray();
            case List<?> l when to == List.class -> List.copyOf(l);
            case Map<?, ?> m when to == Map.class -> m;
            case null -> {
                if (to.isPrimitive()) {
                    throw unfit(null, to, name);
                }
                yield null;
            }
            default -> throw unfit(value, to, name);
        };
    }

    private Number whole(Number n, String name, Class<?> to, long least, long most) {
        if (n.doubleValue() != Math.rint(n.doubleValue()) || n.doubleValue() < least || n.doubleValue() > most) {
            throw unfit(n, to, name);
        }
        return n;
    }

    private IllegalArgumentException unfit(Object value, Class<?> to, String name) {
        String allowed = to.isEnum() ? "one of " + Arrays.toString(to.getEnumConstants()).toLowerCase(Locale.ROOT) : switch (to.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "double", "Double", "float", "Float" -> "a number";
            case "boolean", "Boolean" -> "true or false";
            case "Duration" -> "a time as DD:HH:MM:SS";
            case "int[]", "double[]", "List" -> "a list such as [1, 2]";
            default -> "a value of type " + to.getSimpleName();
        };
        return new IllegalArgumentException(what + "." + name + "=" + value + " is not possible for " + type.getSimpleName() + "; use " + allowed);
    }
}
