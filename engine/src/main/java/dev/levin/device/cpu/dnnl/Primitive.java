package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.levin.device.cpu.dnnl.Native.Fn;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A compiled primitive with the layouts of its arguments. Counted: the cache holds one reference, each running operation
 * one more; the last one to let go destroys it.
 */
final class Primitive {
    static final int SRC = 1;
    static final int SRC_1 = 2;
    static final int SRC_2 = 3;
    static final int DST = 17;
    static final int DST_1 = 18;
    static final int DST_2 = 19;
    static final int WEIGHTS = 33;
    static final int WEIGHTS_1 = 34;
    static final int BIAS = 41;
    static final int MEAN = 49;
    static final int VARIANCE = 50;
    static final int SCALE = 51;
    static final int SHIFT = 52;
    static final int WORKSPACE = 64;
    static final int SCRATCHPAD = 80;
    static final int DIFF_SRC = 129;
    static final int DIFF_SRC_1 = 130;
    static final int DIFF_SRC_2 = 131;
    static final int DIFF_DST = 145;
    static final int DIFF_DST_1 = 146;
    static final int DIFF_DST_2 = 147;
    static final int DIFF_WEIGHTS = 161;
    static final int DIFF_WEIGHTS_1 = 162;
    static final int DIFF_BIAS = 169;
    static final int DIFF_SCALE = 255;
    static final int DIFF_SHIFT = 256;

    private static final int QUERY_IMPL_INFO = 8;
    private static final int QUERY_ARG = 255;
    private static final int EXEC_ARG_BYTES = 16;

    /** Memory objects and the argument list of one execution at a time. */
    private record Bound(long list, long[] memories) { }

    private final Object what;
    private final long handle;
    private final long engine;
    private final int[] argIds;
    private final DnnlLayout[] layouts;
    private final long scratchBytes;
    private final String implementation;
    private final Pool<Bound> bound;
    private final AtomicInteger references = new AtomicInteger(1);
    /** Set when used, cleared by the cache's clock hand. */
    boolean recent = true;

    /**
     * Compiles {@code desc}.
     *
     * @param argIds the arguments in the order in which {@link #execute} takes their addresses
     */
    Primitive(Object what, long engine, int concurrency, long desc, int... argIds) {
        this.what = what;
        this.engine = engine;
        layouts = new DnnlLayout[argIds.length];
        for (int i = 0; i < argIds.length; i++) {
            long md = (long) Fn.dnnl_primitive_desc_query_md.call(desc, QUERY_ARG, argIds[i]);
            layouts[i] = md == 0 || (long) Fn.dnnl_memory_desc_get_size.call(md) == 0 ? null : DnnlLayout.of(md);
        }
        long scratch = (long) Fn.dnnl_primitive_desc_query_md.call(desc, QUERY_ARG, SCRATCHPAD);
        scratchBytes = scratch == 0 ? 0 : (long) Fn.dnnl_memory_desc_get_size.call(scratch);
        DnnlLayout scratchLayout = scratchBytes == 0 ? null : DnnlLayout.of(scratch);
        this.argIds = argIds.clone();
        implementation = implementation(desc);
        handle = Fn.dnnl_primitive_create.make(what, desc);
        bound = new Pool<>(concurrency, () -> bind(scratchLayout), this::unbind);
    }

    static String implementation(long desc) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            Fn.dnnl_primitive_desc_query.check("implementation name", desc, QUERY_IMPL_INFO, 0, out.address());
            return Native.string(out.get(JAVA_LONG, 0));
        }
    }

    private Bound bind(DnnlLayout scratchLayout) {
        int n = argIds.length + 1;
        long list = Native.alloc((long) n * EXEC_ARG_BYTES);
        long[] memories = new long[n];
        int count = 0;
        try (var scope = new DescriptorScope()) {
            for (int i = 0; i < n; i++) {
                DnnlLayout layout = i < argIds.length ? layouts[i] : scratchLayout;
                if (layout != null) {
                    memories[i] = Fn.dnnl_memory_create.make(what, scope.desc(layout), engine, 0L);
                    long at = list + (long) count++ * EXEC_ARG_BYTES;
                    Native.MEMORY.set(JAVA_INT, at, i < argIds.length ? argIds[i] : SCRATCHPAD);
                    Native.MEMORY.set(JAVA_LONG, at + 8, memories[i]);
                }
            }
        }
        return new Bound(list, memories);
    }

    private void unbind(Bound b) {
        for (long m : b.memories) {
            if (m != 0) {
                Fn.dnnl_memory_destroy.call(m);
            }
        }
        Native.free(b.list);
    }

    /** The layout of the argument at this position of the constructor's list; null if the primitive has none. */
    DnnlLayout layout(int position) {
        return layouts[position];
    }

    long scratchBytes() {
        return scratchBytes;
    }

    /** The library's name of the kernel, e.g. {@code brg_matmul:avx512_core}. */
    String implementation() {
        return implementation;
    }

    boolean isReference() {
        return implementation.startsWith("ref");
    }

    /** Runs on the calling thread, with the operands at these addresses, in the constructor's order. */
    void execute(Slot slot, long... addresses) {
        Bound b = bound.take();
        try {
            int count = 0;
            for (int i = 0; i < addresses.length; i++) {
                long m = b.memories[i];
                if (m != 0) {
                    Native.setData(m, addresses[i]);
                    count++;
                }
            }
            if (scratchBytes > 0) {
                Native.setData(b.memories[argIds.length], slot.scratch(Slot.Use.PRIMITIVE, scratchBytes));
                count++;
            }
            Native.sequential();
            Native.execute(handle, slot.stream, count, b.list, what);
        } finally {
            bound.give(b);
        }
    }

    /** Takes a reference unless the primitive is gone already. */
    boolean acquire() {
        while (true) {
            int r = references.get();
            if (r == 0) {
                return false;
            }
            if (references.compareAndSet(r, r + 1)) {
                recent = true;
                return true;
            }
        }
    }

    void release() {
        if (references.decrementAndGet() == 0) {
            bound.clear();
            Fn.dnnl_primitive_destroy.call(handle);
        }
    }
}
