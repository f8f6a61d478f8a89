package dev.levin.device.cpu.dnnl;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/** Compiled primitives by what they compute; the least recently used go when there are more than {@code capacity}. */
final class PrimitiveCache {
    private final int capacity;
    private final Map<Object, Primitive> map = new HashMap<>();
    private final Queue<Object> order = new ArrayDeque<>();
    private long compiled;

    PrimitiveCache(int capacity) {
        this.capacity = capacity;
    }

    /** The primitive for {@code key}, with a reference for the caller, who must {@link Primitive#release} it. */
    synchronized Primitive acquire(Object key, Supplier<Primitive> make) {
        Primitive p = map.get(key);
        if (p != null && p.acquire()) {
            return p;
        }
        Native.sequential();
        p = make.get();
        compiled++;
        p.acquire();
        map.put(key, p);
        order.add(key);
        while (map.size() > capacity) {
            evictOne();
        }
        return p;
    }

    /** Second chance: skips, once, what was used since the last look. */
    private void evictOne() {
        while (true) {
            Object key = order.remove();
            Primitive p = map.get(key);
            if (p.recent && order.size() > 0) {
                p.recent = false;
                order.add(key);
            } else {
                map.remove(key);
                p.release();
                return;
            }
        }
    }

    synchronized void clear() {
        map.values().forEach(Primitive::release);
        map.clear();
        order.clear();
    }

    synchronized int size() {
        return map.size();
    }

    synchronized long compiled() {
        return compiled;
    }
}
