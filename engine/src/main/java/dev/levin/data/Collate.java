package dev.levin.data;

import dev.levin.tensor.Tensor;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes one batch of several samples. */
@FunctionalInterface
public interface Collate<S, B> {
    B collate(List<S> samples) throws Exception;

    /**
     * Tensors are stacked along a new first axis; records, maps and lists are collated member by member; anything else
     * can't be stacked and is refused by name.
     */
    static <S> Collate<S, S> stacking() {
        return samples -> {
            @SuppressWarnings("unchecked")
            S batch = (S) DefaultCollate.stack(samples);
            return batch;
        };
    }

    /** The default rule. */
    final class DefaultCollate {
        private DefaultCollate() {
        }

        static Object stack(List<?> samples) throws ReflectiveOperationException {
            Object first = samples.getFirst();
            return switch (first) {
                case Tensor t -> stackTensors(samples);
                case Record r -> stackRecords(r.getClass(), samples);
                case Map<?, ?> m -> {
                    Map<Object, Object> out = new LinkedHashMap<>();
                    for (Object key : m.keySet()) {
                        out.put(key, stack(samples.stream().map(s -> ((Map<?, ?>) s).get(key)).toList()));
                    }
                    yield out;
                }
                case List<?> l -> {
                    List<Object> out = new ArrayList<>();
                    for (int i = 0; i < l.size(); i++) {
                        int at = i;
                        out.add(stack(samples.stream().map(s -> ((List<?>) s).get(at)).toList()));
                    }
                    yield out;
                }
                case null, default -> throw new IllegalArgumentException("samples of type "
                        + (first == null ? "null" : first.getClass().getName())
                        + " can't be stacked; use records, maps or lists of tensors, or give the loader a collate function");
            };
        }

        private static Tensor stackTensors(List<?> samples) {
            Tensor first = (Tensor) samples.getFirst();
            Shape s = first.shape();
            HostArray out = HostArray.allocate(first.dtype(), s.numel() * samples.size());
            int row = (int) s.numel();
            for (int i = 0; i < samples.size(); i++) {
                Tensor t = (Tensor) samples.get(i);
                if (!t.shape().equals(s) || t.dtype() != first.dtype()) {
                    throw new IllegalArgumentException("samples of one batch must have equal shapes: " + first.dtype() + s + " and "
                            + t.dtype() + t.shape() + "; pad them, or give the loader a collate function");
                }
                System.arraycopy(t.toHost().array(), 0, out.array(), i * row, row);
            }
            return Tensor.of(out, s.insert(0, samples.size()));
        }

        private static Object stackRecords(Class<?> type, List<?> samples) throws ReflectiveOperationException {
            RecordComponent[] components = type.getRecordComponents();
            Object[] values = new Object[components.length];
            Class<?>[] types = new Class<?>[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                java.lang.reflect.Method read = components[i].getAccessor();
                read.setAccessible(true);
                List<Object> column = new ArrayList<>(samples.size());
                for (Object s : samples) {
                    column.add(read.invoke(s));
                }
                values[i] = stack(column);
            }
            Constructor<?> c = type.getDeclaredConstructor(types);
            c.setAccessible(true);
            return c.newInstance(values);
        }
    }
}
