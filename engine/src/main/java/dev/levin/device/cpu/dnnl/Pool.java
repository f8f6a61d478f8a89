package dev.levin.device.cpu.dnnl;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A small lock-free store of reusable objects; each thread looks first where it put its last one. */
final class Pool<T> {
    private final AtomicReferenceArray<T> slots;
    private final Supplier<T> make;
    private final Consumer<T> destroy;

    Pool(int capacity, Supplier<T> make, Consumer<T> destroy) {
        slots = new AtomicReferenceArray<>(Math.max(1, capacity));
        this.make = make;
        this.destroy = destroy;
    }

    private int hint() {
        return (int) (Thread.currentThread().threadId() % slots.length());
    }

    T take() {
        int n = slots.length();
        for (int i = 0, at = hint(); i < n; i++, at = at + 1 == n ? 0 : at + 1) {
            if (slots.getPlain(at) != null) {
                T t = slots.getAndSet(at, null);
                if (t != null) {
                    return t;
                }
            }
        }
        return make.get();
    }

    void give(T t) {
        int n = slots.length();
        for (int i = 0, at = hint(); i < n; i++, at = at + 1 == n ? 0 : at + 1) {
            if (slots.getPlain(at) == null && slots.compareAndSet(at, null, t)) {
                return;
            }
        }
        destroy.accept(t);
    }

    /** Destroys what is in the store now. */
    void clear() {
        for (int i = 0; i < slots.length(); i++) {
            T t = slots.getAndSet(i, null);
            if (t != null) {
                destroy.accept(t);
            }
        }
    }
}
