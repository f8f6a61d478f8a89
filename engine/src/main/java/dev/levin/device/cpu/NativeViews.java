package dev.levin.device.cpu;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Raw addresses as host arrays and segments. */
final class NativeViews {
    static final MemorySegment ALL = all();

    private NativeViews() {
    }

    @SuppressWarnings("restricted")
    private static MemorySegment all() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** A copy of the elements at an address. */
    static HostArray read(long address, DType dtype, long numel) {
        HostArray h = HostArray.allocate(dtype, numel);
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, h.segment(), ValueLayout.JAVA_BYTE, 0, h.bytes());
        return h;
    }

    static void write(HostArray from, long address) {
        MemorySegment.copy(from.segment(), ValueLayout.JAVA_BYTE, 0, ALL, ValueLayout.JAVA_BYTE, address, from.bytes());
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, ALL, ValueLayout.JAVA_BYTE, to, bytes);
    }

    static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    static float f32(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    static void f32(long address, float v) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, v);
    }

    static long i64(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }
}
