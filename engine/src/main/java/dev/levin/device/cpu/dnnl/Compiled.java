package dev.levin.device.cpu.dnnl;

import java.util.function.Supplier;

/** An operation's hold on a primitive: the same one as long as the cache keeps it, compiled again when it does not. */
final class Compiled {
    private final PrimitiveCache cache;
    private final Object key;
    private final Supplier<Primitive> make;
    private volatile Primitive last;

    Compiled(PrimitiveCache cache, Object key, Supplier<Primitive> make) {
        this.cache = cache;
        this.key = key;
        this.make = make;
    }

    /** The primitive with a reference for the caller, who must release it. */
    Primitive acquire() {
        Primitive p = last;
        if (p != null && p.acquire()) {
            return p;
        }
        p = cache.acquire(key, make);
        last = p;
        return p;
    }
}
