package dev.levin.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The process's own memory by address. */
public final class HostMemory {
    /** All of it; offsets are addresses. */
    public static final MemorySegment ALL = all();

    private HostMemory() {
    }

    @SuppressWarnings("restricted")
    private static MemorySegment all() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    public static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }

    public static void putLong(long address, long v) {
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, v);
    }
}
