package dev.levin.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The one range of native memory in which all plans keep their intermediates, one run after the other. It grows to the
 * largest plan and never shrinks; growing moves it, which a new generation number tells. Used by one thread at a time.
 */
final class WorkArena {
    private static final long STEP = 1 << 16;

    private Arena owner;
    private MemorySegment memory = MemorySegment.NULL;
    private int generation;

    /** Makes room for a plan. Must not be called while a plan runs. */
    void reserve(long bytes) {
        if (bytes <= memory.byteSize()) {
            return;
        }
        Arena next = Arena.ofShared();
        MemorySegment m = Pages.allocate((bytes + STEP - 1) / STEP * STEP, next);
        if (owner != null) {
            owner.close();
        }
        owner = next;
        memory = m;
        generation++;
    }

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return memory.address();
    }

    long bytes() {
        return memory.byteSize();
    }

    int generation() {
        return generation;
    }
}
