package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles kernels to JVM code and caches them. Generated classes are shared between kernels that differ in numbers only
 * (extents, strides, offsets), so a last partial batch defines no new class. Thread-safe.
 */
public final class JvmKernels {
    private static final int KERNELS = 4096;
    private static final int CLASSES = 2048;

    private final Map<Kernel, CompiledKernel> kernels = lru(KERNELS);
    private final Map<List<PassProgram>, PassCode> classes = lru(CLASSES);
    private long compiled;
    private long defined;

    private static <K, V> Map<K, V> lru(int limit) {
        return new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > limit;
            }
        };
    }

    /** The kernel as JVM code, from the cache or new. */
    public synchronized CompiledKernel compile(Kernel kernel) {
        CompiledKernel known = kernels.get(kernel);
        if (known == null) {
            known = lower(kernel);
            kernels.put(kernel, known);
            compiled++;
        }
        return known;
    }

    private CompiledKernel lower(Kernel kernel) {
        Tiling tiling = Tiling.of(kernel);
        Lowered lowered = new Lowering(kernel, tiling, false).lower();
        PassCode code = classes.get(lowered.passes());
        if (code == null) {
            code = Emitter.define(kernel.spec().name(), lowered.passes(), 0);
            classes.put(lowered.passes(), code);
            defined++;
        }
        return new JvmKernel(kernel, tiling, lowered, code);
    }

    /** Kernels compiled so far, without cache hits. */
    public synchronized long compiled() {
        return compiled;
    }

    /** Classes generated so far. */
    public synchronized long defined() {
        return defined;
    }
}
