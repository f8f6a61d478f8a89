package dev.levin.device.cpu.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of one thread for what it computes with; it grows and is never given back. */
final class Scratch {
    private static final ThreadLocal<Scratch> OWN = ThreadLocal.withInitial(Scratch::new);
    private static final ThreadLocal<Scratch> SHARED = ThreadLocal.withInitial(Scratch::new);
    private static final int WORDS = 16;

    private final MemorySegment words = Arena.ofAuto().allocate(8L * WORDS, 64);
    private long size;
    private MemorySegment memory = MemorySegment.NULL;

    private Scratch() {
    }

    /** For what the thread's current task alone uses. */
    static Scratch own() {
        return OWN.get();
    }

    /** For what all tasks use that the thread starts. */
    static Scratch shared() {
        return SHARED.get();
    }

    /** Sixteen longs. */
    MemorySegment words() {
        return words;
    }

    /** At least so many bytes; what an earlier call returned is void. */
    long address(long bytes) {
        if (bytes > size) {
            size = bytes;
            memory = Arena.ofAuto().allocate(size, 4096);
        }
        return memory.address();
    }
}
