package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins samples member by member; {@code path} names the member in messages.
 *
 * @param padding null to refuse unequal shapes
 */
record Collation(Padding padding) {
    /** Pad values by member. */
    interface Padding {
        /** The value that fills up a member; null where shapes must be equal. */
        Double value(String path);

        int multiple();
    }

    private static final ClassValue<RecordComponent[]> COMPONENTS = new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            for (RecordComponent c : components) {
                c.getAccessor().setAccessible(true);
            }
            return components;
        }
    };

    Object join(String path, List<?> samples) {
        Object first = samples.getFirst();
        for (int i = 0; i < samples.size(); i++) {
            Object s = samples.get(i);
            if (s == null) {
                throw new IllegalArgumentException("sample " + i + " of the batch has null" + in(path) + "; give the loader a collate function that knows "
                        + "what this means");
            }
            if (family(s) != family(first)) {
                throw new IllegalArgumentException("the samples of a batch have different types" + in(path) + ": " + first.getClass().getSimpleName()
                        + " and " + s.getClass().getSimpleName());
            }
        }
        return switch (first) {
            case Tensor t -> tensors(path, samples);
            case Record r -> record(path, r.getClass(), samples, r.getClass());
            case Map<?, ?> m -> map(path, m, samples);
            case List<?> l -> list(path, l, samples);
            case Boolean b -> fill(DType.BOOL, samples.size(), (h, i) -> h.setLong(i, (Boolean) samples.get(i) ? 1 : 0));
            case Double d -> fill(DType.F64, samples.size(), (h, i) -> h.setDouble(i, (Double) samples.get(i)));
            case Float f -> fill(DType.F32, samples.size(), (h, i) -> h.setDouble(i, (Float) samples.get(i)));
            case Number n -> fill(DType.I64, samples.size(), (h, i) -> h.setLong(i, ((Number) samples.get(i)).longValue()));
            case String s -> List.copyOf(samples);
            case float[] a -> arrays(path, DType.F32, samples);
            case double[] a -> arrays(path, DType.F64, samples);
            case long[] a -> arrays(path, DType.I64, samples);
            case int[] a -> arrays(path, DType.I32, samples);
            case short[] a -> arrays(path, DType.I16, samples);
            case byte[] a -> arrays(path, DType.U8, samples);
            default -> throw new IllegalArgumentException("samples of type " + first.getClass().getName() + in(path)
                    + " can't be joined; use tensors, numbers, text, arrays of primitives, or records, maps and lists of these, or give the loader a "
                    + "collate function");
        };
    }

    private static Class<?> family(Object o) {
        return switch (o) {
            case Tensor t -> Tensor.class;
            case Map<?, ?> m -> Map.class;
            case List<?> l -> List.class;
            default -> o.getClass();
        };
    }

    private static String in(String path) {
        return path.isEmpty() ? "" : " in '" + path + "'";
    }

    private static String under(String path, Object member) {
        return path.isEmpty() ? String.valueOf(member) : path + "." + member;
    }

    @FunctionalInterface
    private interface Setter {
        void set(HostArray out, int i);
    }

    private static Tensor fill(DType dtype, int n, Setter setter) {
        HostArray out = HostArray.allocate(dtype, n);
        for (int i = 0; i < n; i++) {
            setter.set(out, i);
        }
        return Tensor.of(out, Shape.of(n));
    }

    private Tensor arrays(String path, DType dtype, List<?> samples) {
        return tensors(path, samples.stream().map(a -> Tensor.of(HostArray.wrap(dtype, a), Shape.of(Array.getLength(a)))).toList());
    }

    private Map<Object, Object> map(String path, Map<?, ?> first, List<?> samples) {
        Map<Object, Object> out = new LinkedHashMap<>();
        for (Object key : first.keySet()) {
            List<Object> column = new ArrayList<>(samples.size());
            for (Object s : samples) {
                Map<?, ?> m = (Map<?, ?>) s;
                if (!m.keySet().equals(first.keySet())) {
                    throw new IllegalArgumentException("the samples of a batch have different keys" + in(path) + ": " + first.keySet() + " and " + m.keySet());
                }
                column.add(m.get(key));
            }
            out.put(key, join(under(path, key), column));
        }
        return out;
    }

    private List<Object> list(String path, List<?> first, List<?> samples) {
        List<Object> out = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            List<Object> column = new ArrayList<>(samples.size());
            for (Object s : samples) {
                if (((List<?>) s).size() != first.size()) {
                    throw new IllegalArgumentException("the samples of a batch have lists of different lengths" + in(path) + ": " + first.size() + " and "
                            + ((List<?>) s).size());
                }
                column.add(((List<?>) s).get(i));
            }
            out.add(join(under(path, i), column));
        }
        return out;
    }

    private Tensor tensors(String path, List<?> samples) {
        Tensor first = (Tensor) samples.getFirst();
        Shape s = first.shape();
        Shape largest = s;
        for (Object o : samples) {
            Tensor t = (Tensor) o;
            if (t.dtype() != first.dtype() || t.dim() != first.dim()) {
                throw new IllegalArgumentException("the tensors of a batch must agree in type and rank" + in(path) + ": " + first.dtype() + s + " and "
                        + t.dtype() + t.shape());
            }
            if (!t.shape().equals(largest)) {
                for (int a = 0; a < largest.rank(); a++) {
                    largest = largest.with(a, Math.max(largest.dim(a), t.shape().dim(a)));
                }
            }
        }
        Double pad = padding == null ? null : padding.value(path);
        if (pad == null) {
            return stack(path, samples, s);
        }
        if (largest.rank() > 0) {
            largest = largest.with(0, Math.ceilDiv(largest.dim(0), padding.multiple()) * padding.multiple());
        }
        return padded(samples, largest, pad);
    }

    private static Tensor stack(String path, List<?> samples, Shape s) {
        Tensor first = (Tensor) samples.getFirst();
        HostArray out = HostArray.allocate(first.dtype(), s.numel() * samples.size());
        int row = (int) s.numel();
        for (int i = 0; i < samples.size(); i++) {
            Tensor t = (Tensor) samples.get(i);
            if (!t.shape().equals(s)) {
                throw new IllegalArgumentException("samples of one batch must have equal shapes" + in(path) + ": " + first.dtype() + s + " and "
                        + t.dtype() + t.shape() + "; pad them (PaddingCollate), or give the loader a collate function");
            }
            System.arraycopy(t.toHost().array(), 0, out.array(), i * row, row);
        }
        return Tensor.of(out, s.insert(0, samples.size()));
    }

    private static Tensor padded(List<?> samples, Shape each, double pad) {
        Tensor first = (Tensor) samples.getFirst();
        int row = Math.toIntExact(each.numel());
        HostArray out = HostArray.allocate(first.dtype(), (long) row * samples.size());
        if (pad != 0) {
            for (int i = 0; i < out.length(); i++) {
                out.setDouble(i, pad);
            }
        }
        for (int i = 0; i < samples.size(); i++) {
            Tensor t = (Tensor) samples.get(i);
            copy(t.toHost().array(), 0, t.shape(), out.array(), i * row, each, 0);
        }
        return Tensor.of(out, each.insert(0, samples.size()));
    }

    private static void copy(Object from, int at, Shape shape, Object to, int into, Shape larger, int axis) {
        int rank = shape.rank();
        if (axis >= rank - 1) {
            System.arraycopy(from, at, to, into, rank == 0 ? 1 : shape.dim(axis));
            return;
        }
        int step = (int) shape.strides()[axis];
        int stride = (int) larger.strides()[axis];
        for (int i = 0; i < shape.dim(axis); i++) {
            copy(from, at + i * step, shape, to, into + i * stride, larger, axis + 1);
        }
    }

    // ---- records ------------------------------------------------------------------------------------------------------

    <B extends Record> B joinInto(Class<B> type, List<?> samples) {
        return type.cast(record("", samples.getFirst() instanceof Record r ? r.getClass() : null, samples, type));
    }

    /** @param from the samples' record type; null for maps */
    private Object record(String path, Class<?> from, List<?> samples, Class<?> to) {
        RecordComponent[] targets = COMPONENTS.get(to);
        Object[] values = new Object[targets.length];
        for (int i = 0; i < targets.length; i++) {
            String name = targets[i].getName();
            String member = under(path, name);
            List<Object> column = from == null ? ofMaps(name, samples, to) : ofRecords(name, from, samples, to);
            Object first = column.getFirst();
            values[i] = targets[i].getType().isRecord() && first instanceof Record r
                    ? record(member, r.getClass(), column, targets[i].getType()) : join(member, column);
        }
        return create(path, to, targets, values);
    }

    static List<Object> ofMaps(String name, List<?> samples, Class<?> to) {
        List<Object> column = new ArrayList<>(samples.size());
        for (Object s : samples) {
            if (!(s instanceof Map<?, ?> m) || !m.containsKey(name)) {
                throw new IllegalArgumentException("a batch " + to.getSimpleName() + " needs '" + name + "', which a sample of type "
                        + (s == null ? "null" : s.getClass().getSimpleName()) + (s instanceof Map<?, ?> m ? " with keys " + m.keySet() : "") + " does not have");
            }
            column.add(m.get(name));
        }
        return column;
    }

    static List<Object> ofRecords(String name, Class<?> from, List<?> samples, Class<?> to) {
        RecordComponent[] components = COMPONENTS.get(from);
        RecordComponent source = Arrays.stream(components).filter(c -> c.getName().equals(name)).findFirst().orElseThrow(() ->
                new IllegalArgumentException("a batch " + to.getSimpleName() + " needs '" + name + "', but a sample " + from.getSimpleName() + " has "
                        + Arrays.stream(components).map(RecordComponent::getName).toList()));
        List<Object> column = new ArrayList<>(samples.size());
        for (Object s : samples) {
            if (s == null || s.getClass() != from) {
                throw new IllegalArgumentException("the samples of a batch have different types: " + from.getSimpleName() + " and "
                        + (s == null ? "null" : s.getClass().getSimpleName()));
            }
            try {
                column.add(source.getAccessor().invoke(s));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalArgumentException("'" + name + "' of a sample " + from.getSimpleName() + " can't be read", e);
            }
        }
        return column;
    }

    static Object create(String path, Class<?> type, RecordComponent[] components, Object[] values) {
        for (int i = 0; i < values.length; i++) {
            Class<?> wanted = components[i].getType();
            if (!wanted.isInstance(values[i])) {
                throw new IllegalArgumentException("'" + under(path, components[i].getName()) + "' of a batch is a "
                        + (values[i] instanceof Tensor ? "Tensor" : values[i] instanceof List<?> ? "List" : values[i].getClass().getSimpleName())
                        + ", but " + type.getSimpleName() + " declares " + wanted.getSimpleName()
                        + "; declare a record for batches and use Collate.into(" + type.getSimpleName() + "Batch.class)");
            }
        }
        try {
            Constructor<?> c = type.getDeclaredConstructor(Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            c.setAccessible(true);
            return c.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("a batch " + type.getSimpleName() + " refused its values: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("a batch " + type.getSimpleName() + " can't be made: " + e, e);
        }
    }

    static RecordComponent[] components(Class<?> type) {
        return COMPONENTS.get(type);
    }
}
