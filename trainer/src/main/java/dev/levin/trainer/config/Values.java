package dev.levin.trainer.config;

import dev.levin.trainer.Durations;
import dev.levin.trainer.MisconfigurationException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values of config files as the types that constructors want. */
final class Values {
    /** The value does not fit; the message says what would. */
    static final class UnfitException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnfitException(String allowed) {
            super(allowed, null, false, false);
        }
    }

    private Values() {
    }

    /** @throws UnfitException if it can't be */
    static Object convert(Object value, Type type) {
        return switch (type) {
            case ParameterizedType p when p.getRawType() == List.class && value instanceof List<?> l -> {
                List<Object> copy = new ArrayList<>();
                l.forEach(x -> copy.add(convert(x, p.getActualTypeArguments()[0])));
                yield copy;
            }
            case ParameterizedType p -> convert(value, p.getRawType());
            case Class<?> c -> simple(value, c);
            default -> value;
        };
    }

    private static Object simple(Object value, Class<?> to) {
        return switch (value) {
            case Number n when to == int.class || to == Integer.class -> (int) whole(n, to, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case Number n when to == long.class || to == Long.class -> whole(n, to, Long.MIN_VALUE, Long.MAX_VALUE);
            case Number n when to == double.class || to == Double.class -> n.doubleValue();
            case Number n when to == float.class || to == Float.class -> n.floatValue();
            case Boolean b when to == boolean.class || to == Boolean.class -> b;
            case Object o when to == String.class && !(o instanceof Map) && !(o instanceof List) -> o.toString();
            case String s when to == Path.class -> Path.of(s);
            case String s when to == Duration.class -> duration(s);
            case String s when to.isEnum() -> Arrays.stream(to.getEnumConstants()).filter(c -> c.toString().equalsIgnoreCase(s)).findFirst()
                    .orElseThrow(() -> new UnfitException(allowed(to) + Nearest.to(s, Arrays.stream(to.getEnumConstants()).map(c -> c.toString().toLowerCase(Locale.ROOT))
                            .toList()).map(c -> "; did you mean '" + c + "'?").orElse("")));
            case List<?> l when to == int[].class -> l.stream().mapToInt(x -> (int) simple(x, int.class)).toArray();
            case List<?> l when to == long[].class -> l.stream().mapToLong(x -> (long) simple(x, long.class)).toArray();
            case List<?> l when to == double[].class -> l.stream().mapToDouble(x -> (double) simple(x, double.class)).toArray();
            case List<?> l when to == String[].class -> l.stream().map(x -> (String) simple(x, String.class)).toArray(String[]::new);
            case List<?> l when to == List.class -> List.copyOf(l);
            case Map<?, ?> m when to == Map.class -> m;
            case Object o when to == Object.class -> o;
            case null -> {
                if (to.isPrimitive()) {
                    throw new UnfitException(allowed(to));
                }
                yield null;
            }
            default -> throw new UnfitException(allowed(to));
        };
    }

    private static Duration duration(String text) {
        try {
            return Durations.parse(text);
        } catch (MisconfigurationException e) {
            throw new UnfitException(allowed(Duration.class));
        }
    }

    private static long whole(Number n, Class<?> to, long least, long most) {
        if (n.doubleValue() != Math.rint(n.doubleValue()) || n.doubleValue() < least || n.doubleValue() > most) {
            throw new UnfitException(allowed(to));
        }
        return n.longValue();
    }

    private static String allowed(Class<?> to) {
        return to.isEnum() ? "one of " + Arrays.toString(to.getEnumConstants()).toLowerCase(Locale.ROOT) : switch (to.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "double", "Double", "float", "Float" -> "a number";
            case "boolean", "Boolean" -> "true or false";
            case "Duration" -> "a time as DD:HH:MM:SS";
            case "int[]", "double[]", "long[]", "String[]", "List" -> "a list such as [1, 2]";
            case "Map" -> "names with values, such as {a: 1}";
            default -> "a value of type " + to.getSimpleName();
        };
    }
}
