package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Replaces unread tensors in a tree of plain values by their elements. The tree may share and even contain itself:
 * each container is visited once. Equal views of one storage (tied weights) become the same {@link ArrayData}.
 */
final class TorchResolver {
    private final Budget budget;
    private final Map<TorchTensor.Key, ArrayData> arrays = new HashMap<>();
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> pending = new ArrayDeque<>();

    TorchResolver(Budget budget) {
        this.budget = budget;
    }

    Object resolve(Object root) throws IOException {
        Object result = value(root);
        while (!pending.isEmpty()) {
            switch (pending.pop()) {
                case List<?> list -> all(list);
                case Tuple tuple -> all(tuple.items());
                case Map<?, ?> map -> all(map);
                case Opaque o -> {
                    all(o.arguments());
                    all(o.elements());
                    all(o.entries());
                    o.state(value(o.state()));
                }
                case Object o -> throw new AssertionError(o.getClass());
            }
        }
        return result;
    }

    @SuppressWarnings("unchecked")
    private void all(List<?> list) throws IOException {
        for (int i = 0; i < list.size(); i++) {
            ((List<Object>) list).set(i, value(list.get(i)));
        }
    }

    private void all(Map<?, ?> map) throws IOException {
        for (var e : PickleReader.castMap(map).entrySet()) {
            e.setValue(value(e.getValue()));
            value(e.getKey());
        }
    }

    private Object value(Object o) throws IOException {
        Object v = switch (o) {
            case TorchTensor t -> array(t);
            case TorchGlobals.TypedStorage s -> array(new TorchTensor(s.storage(),
                    s.dtype() == null ? DType.U8 : s.dtype(), s.first(), Shape.of(Math.toIntExact(s.numel())),
                    new long[] {1}));
            case null, default -> TorchGlobals.plain(o);
        };
        if ((v instanceof List || v instanceof Tuple || v instanceof Map || v instanceof Opaque) && seen.add(v)) {
            pending.push(v);
        }
        return v;
    }

    private ArrayData array(TorchTensor t) throws IOException {
        ArrayData known = arrays.get(t.key());
        if (known != null) {
            return known;
        }
        HostArray data;
        if (t.shape().numel() == 0) {
            data = HostArray.allocate(t.dtype(), 0);
        } else if (t.isWholeStorage()) {
            data = t.storage().elements(t.dtype());
        } else {
            budget.spend(t.shape().numel() * t.dtype().bytes());
            data = Strided.gather(t.storage().elements(t.dtype()), t.offset(), t.shape(), t.strides());
        }
        ArrayData array = new ArrayData(t.shape(), data);
        arrays.put(t.key(), array);
        return array;
    }
}
