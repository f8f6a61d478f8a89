package dev.levin.kernel.jvm;

import dev.levin.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles kernels to JVM code and caches them. Generated classes are shared between kernels that differ in numbers only
 * (extents, strides, offsets), so a last partial batch defines no new class. Thread-safe.
 */
public final class JvmKernels implements AutoCloseable {
    private static final int KERNELS = 4096;
    private static final int CLASSES = 2048;

    private final Map<Kernel, CompiledKernel> kernels = lru(KERNELS);
    private final Map<List<Object>, Generated> classes = lru(CLASSES);
    private final Warmer warmer = new Warmer();
    private final Mode mode;
    private final int bits;
    private long compiled;
    private long defined;

    /** Which code runs. */
    public enum Mode {
        /** Machine code where processor and kernel allow, else as {@link #ADAPTIVE}. */
        MACHINE,
        /** Scalar code first, vector code once it is compiled; without the module {@code jdk.incubator.vector} scalar code only. */
        ADAPTIVE,
        /** Scalar code over heap arrays only. */
        SCALAR,
        /** Vector code from the first call on, slow until compiled; for tests. */
        VECTOR
    }

    /**
     * {@link Mode#MACHINE}; {@code -Dlevin.kernels=adaptive|scalar|vector} decides otherwise, for bisecting.
     */
    public JvmKernels() {
        this(chosen());
    }

    private static Mode chosen() {
        String name = System.getProperty("levin.kernels", "");
        if (name.isEmpty()) {
            return Mode.MACHINE;
        }
        for (Mode m : Mode.values()) {
            if (m.name().equalsIgnoreCase(name)) {
                return m;
            }
        }
        throw new IllegalArgumentException("-Dlevin.kernels=" + name + ": use machine, adaptive, scalar or vector");
    }

    public JvmKernels(Mode mode) {
        this.mode = mode;
        bits = mode == Mode.SCALAR || mode != Mode.VECTOR && !vectorModule() ? 0 : VectorSupport.bits();
    }

    /** True if the Vector API can be used: the JVM runs with {@code --add-modules jdk.incubator.vector}. */
    public static boolean vectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

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
        if (mode == Mode.MACHINE) {
            var machine = MachineKernel.of(kernel, tiling);
            if (machine.isPresent()) {
                return machine.get();
            }
        }
        Lowered staged = new Lowering(kernel, tiling, false).lower();
        Variant scratch = mode == Mode.VECTOR ? null : new Variant(staged, generate(kernel, staged, 0), false);
        Variant vector = null;
        if (bits != 0) {
            Lowered direct = new Lowering(kernel, tiling, true).lower();
            // scalar loops over memory are slow: without vector code for all of them, or with rows shorter than a
            // vector, go through scratch
            boolean pays = tiling.nTile() >= bits / 32 && direct.passes().stream().allMatch(p -> VectorEmitter.supports(p, bits));
            Lowered best = pays ? direct : staged;
            if (best.passes().stream().anyMatch(p -> VectorEmitter.supports(p, bits))) {
                vector = new Variant(best, generate(kernel, best, bits), VectorFolds.supported());
            } else if (scratch == null) {
                scratch = new Variant(staged, generate(kernel, staged, 0), false);
            }
        }
        return new JvmKernel(kernel, tiling, scratch, vector, warmer);
    }

    private Generated generate(Kernel kernel, Lowered lowered, int vectorBits) {
        return classes.computeIfAbsent(List.of(lowered.passes(), vectorBits), k -> {
            defined++;
            var passes = lowered.passes();
            boolean[] vector = new boolean[passes.size()];
            for (int p = 0; p < vector.length; p++) {
                vector[p] = vectorBits != 0 && VectorEmitter.supports(passes.get(p), vectorBits);
            }
            PassCode code = Emitter.define(kernel.spec().name(), passes, vectorBits);
            return new Generated(code, passes, vector, vectorBits == 0 || mode == Mode.VECTOR);
        });
    }

    /** Kernels compiled so far, without cache hits. */
    public synchronized long compiled() {
        return compiled;
    }

    /** Classes generated so far. */
    public synchronized long defined() {
        return defined;
    }

    /** Stops the background thread; kernels keep working on the code they have. */
    @Override
    public void close() {
        warmer.close();
    }
}
