package dev.levin.io;

import dev.levin.type.DType;
import dev.levin.type.HostArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Moves elements between host arrays and bytes of either byte order. */
final class ElementBytes {
    /** Size of the buffers that data streams through. A multiple of every element size. */
    static final int CHUNK = 1 << 20;

    private ElementBytes() {
    }

    /** The layout of one element in a file, without any assumption on alignment. */
    static ValueLayout layout(DType dtype, ByteOrder order) {
        return switch (dtype.bytes()) {
            case 1 -> ValueLayout.JAVA_BYTE;
            case 2 -> ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
            case 4 -> ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
            default -> ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        };
    }

    /** Copies {@code count} elements from the start of {@code bytes} to {@code target} at element {@code first}. */
    static void read(MemorySegment bytes, ByteOrder order, HostArray target, long first, long count) {
        DType dtype = target.dtype();
        MemorySegment.copy(bytes, layout(dtype, order), 0, target.segment(), layout(dtype, ByteOrder.nativeOrder()),
                first * dtype.bytes(), count);
        if (dtype == DType.BOOL) {
            byte[] b = (byte[]) target.array();
            for (int i = (int) first; i < first + count; i++) {
                b[i] = (byte) (b[i] != 0 ? 1 : 0);
            }
        }
    }

    /** A consumer of bytes that are valid only during the call. */
    @FunctionalInterface
    interface Sink {
        void accept(MemorySegment bytes) throws java.io.IOException;
    }

    /** Hands the elements, in the given byte order and row-major, to {@code sink} in chunks. */
    static void write(HostArray source, ByteOrder order, Sink sink) throws java.io.IOException {
        int size = source.dtype().bytes();
        long total = source.bytes();
        if (total == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(Math.min(total, CHUNK), 8);
            for (long at = 0; at < total; at += CHUNK) {
                long n = Math.min(CHUNK, total - at);
                MemorySegment.copy(source.segment(), layout(source.dtype(), ByteOrder.nativeOrder()), at,
                        chunk, layout(source.dtype(), order), 0, n / size);
                sink.accept(chunk.asSlice(0, n));
            }
        }
    }
}
