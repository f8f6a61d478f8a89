package dev.levin.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed native memory, in large pages where Linux grants them: each page is looked up by the processor, and it remembers a few
 * thousand only. Nothing is touched before its first use.
 */
final class Pages {
    /** Bytes of a large page. */
    static final long LARGE = 1 << 21;
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    /** MADV_HUGEPAGE. */
    private static final int ADVICE = 14;
    private static final MethodHandle MAP;
    private static final MethodHandle UNMAP;
    private static final MethodHandle ADVISE;

    static {
        boolean linux = System.getProperty("os.name", "").startsWith("Linux") && ValueLayout.ADDRESS.byteSize() == 8;
        MAP = linux ? find("mmap", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)) : null;
        UNMAP = linux ? find("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;
        ADVISE = linux ? find("madvise", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT)) : null;
    }

    private Pages() {
    }

    @SuppressWarnings("restricted")
    private static MethodHandle find(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name).map(f -> linker.downcallHandle(f, type)).orElse(null);
    }

    /** Memory that lives as long as {@code owner}, aligned for vector registers at least. */
    static MemorySegment allocate(long bytes, Arena owner) {
        if (bytes >= LARGE && MAP != null && UNMAP != null && ADVISE != null) {
            MemorySegment m = map(bytes, owner);
            if (m != null) {
                return m;
            }
        }
        return owner.allocate(bytes, 64);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment map(long bytes, Arena owner) {
        long size = bytes + LARGE;
        try {
            long at = (long) MAP.invokeExact(0L, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (at == -1) {
                return null;
            }
            long start = (at + LARGE - 1) / LARGE * LARGE;
            // A refusal costs speed only.
            int advised = (int) ADVISE.invokeExact(start, bytes / LARGE * LARGE, ADVICE);
            return MemorySegment.ofAddress(start).reinterpret(bytes, owner, m -> unmap(at, size));
        } catch (Throwable e) {
            throw new IllegalStateException("mmap can't be called", e);
        }
    }

    private static void unmap(long at, long size) {
        try {
            int ignored = (int) UNMAP.invokeExact(at, size);
        } catch (Throwable e) {
            throw new IllegalStateException("munmap can't be called", e);
        }
    }
}
